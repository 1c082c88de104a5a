"""Kubernetes: manifests, the API, and what its objects say of themselves."""
