"""Unit tests of `tau.values`."""
