"""Unit tests of `tau.kubernetes`."""
