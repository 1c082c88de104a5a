"""Custom resources: those that tau creates, updates and deletes itself, by talking to the cluster."""
