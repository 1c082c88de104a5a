"""Construct tests: database."""
