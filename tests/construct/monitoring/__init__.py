"""Construct tests: monitoring."""
