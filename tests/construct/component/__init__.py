"""Construct tests: component."""
