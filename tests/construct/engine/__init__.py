"""Construct tests: engine."""
