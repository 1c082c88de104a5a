"""Drives stacks, clusters and the plugin's process, for tests and tools."""
