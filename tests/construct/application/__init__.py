"""Construct tests: application."""
