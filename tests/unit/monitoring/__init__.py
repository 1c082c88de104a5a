"""Unit tests of `tau.monitoring`."""
