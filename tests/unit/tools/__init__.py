"""Mirrors `tools/`."""
