"""Unit tests of `testbed`."""
