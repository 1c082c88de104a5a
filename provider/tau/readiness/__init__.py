"""Readiness: waits until an object answers, in the object's own words."""
