"""Unit tests of `tau.operator`."""
