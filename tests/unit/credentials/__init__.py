"""Unit tests of `tau.credentials`."""
