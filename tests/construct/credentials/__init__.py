"""Construct tests: credentials."""
