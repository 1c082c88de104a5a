"""Real CLI, plugins, Kubernetes, operator and PostgreSQL."""
