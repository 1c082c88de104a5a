"""Unit tests of `tau.resource.script`."""
