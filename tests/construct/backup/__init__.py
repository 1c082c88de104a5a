"""Construct tests: backup."""
