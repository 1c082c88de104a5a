"""Construct tests: restore_check."""
