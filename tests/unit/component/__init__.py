"""Unit tests of `tau.component`."""
