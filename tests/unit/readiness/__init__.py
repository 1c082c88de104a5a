"""Unit tests of `tau.readiness`."""
