"""Pure functions: which Kubernetes objects a component wants, and what its inputs must look like."""
