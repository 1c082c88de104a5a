"""Unit tests of `tau.health`."""
