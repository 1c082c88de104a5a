"""Unit tests of `tau.components`, with a fake API."""
