"""Unit tests of `tau.archive.script`."""
