"""A STAND-IN for botocore, as far as tau's scripts use it."""
