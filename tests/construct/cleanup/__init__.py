"""Construct tests: cleanup."""
