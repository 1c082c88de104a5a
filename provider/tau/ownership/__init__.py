"""Ownership: which owner each object belongs to, also while a deletion retains it."""
