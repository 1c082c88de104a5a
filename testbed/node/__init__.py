"""A node of the test bed: a sandbox that looks like a machine of its own."""
