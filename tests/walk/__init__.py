"""A randomized walk with the real CLI before a FAKE of Kubernetes: whatever is done, no row is lost unasked."""
