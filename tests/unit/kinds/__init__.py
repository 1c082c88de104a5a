"""Mirrors `tau.kinds`."""
