"""Unit tests of `tau.database`."""
