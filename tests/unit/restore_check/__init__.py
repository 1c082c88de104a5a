"""Unit tests of `tau.restore_check`."""
