"""TauApplication: a Deployment with databases, volumes, network and namespace."""
