"""Unit tests of `tau.plugin`."""
