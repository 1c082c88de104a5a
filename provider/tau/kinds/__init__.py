"""One Kubernetes kind a module: each builds the object from plain values, and knows nothing of tau's inputs."""
