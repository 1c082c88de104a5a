"""Instance: a PostgreSQL server, its names and its major upgrades."""
