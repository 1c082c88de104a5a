"""Unit tests of `tau.application`."""
