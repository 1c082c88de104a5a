"""The plugin process against a fake monitor and a fake API server."""
