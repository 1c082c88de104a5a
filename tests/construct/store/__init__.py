"""Construct tests: store."""
