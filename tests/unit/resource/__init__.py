"""Unit tests of `tau.resource`."""
