"""Construct tests: readiness."""
