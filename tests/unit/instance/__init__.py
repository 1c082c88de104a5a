"""Unit tests of `tau.instance`."""
