"""Unit tests of `tau.cleanup.script`."""
