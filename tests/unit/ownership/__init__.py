"""Unit tests of `tau.ownership`."""
