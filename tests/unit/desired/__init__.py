"""Mirrors `tau.desired`."""
