"""Unit tests of `tau.engine`."""
