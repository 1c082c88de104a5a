"""Kinds: one Kubernetes kind a module, how it is written, and what its status says."""
