"""Construct tests: operator."""
