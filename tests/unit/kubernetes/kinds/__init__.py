"""Unit tests of `tau.kubernetes.kinds`."""
