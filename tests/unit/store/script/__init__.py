"""Unit tests of `tau.store.script`."""
