"""The bed: a real Kubernetes cluster and a real Pulumi CLI, built from package registries and run on this machine."""
