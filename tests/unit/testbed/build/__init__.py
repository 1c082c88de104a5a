"""Unit tests of `testbed.build`."""
