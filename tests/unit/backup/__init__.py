"""Unit tests of `tau.backup`."""
