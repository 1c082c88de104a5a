"""What the programs that run in Pods have in common."""
