"""Components: the only layer that registers resources with Pulumi."""
