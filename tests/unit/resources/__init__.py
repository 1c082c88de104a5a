"""Mirrors `tau.resources`."""
