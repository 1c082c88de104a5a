"""Unit tests of `tau.cleanup`."""
