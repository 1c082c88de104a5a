"""Database: a database with its owner on an Instance, and how to connect to it."""
