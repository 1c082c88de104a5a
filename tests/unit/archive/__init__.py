"""Unit tests of `tau.archive`."""
