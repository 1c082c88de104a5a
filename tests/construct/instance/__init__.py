"""Construct tests: instance."""
