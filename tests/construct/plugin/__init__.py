"""Construct tests: plugin."""
