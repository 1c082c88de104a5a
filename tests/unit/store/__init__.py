"""Unit tests of `tau.store`."""
