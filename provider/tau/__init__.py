"""tau: PostgreSQL for home clusters, as a Pulumi component provider."""

__version__ = "0.1.0"
