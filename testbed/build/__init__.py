"""Builds what the test bed runs: programs, packages and images."""
