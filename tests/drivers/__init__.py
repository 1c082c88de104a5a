"""The driver matrix: small programs with the clients of each language, against a server as tau configures it."""
