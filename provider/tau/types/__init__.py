"""Generated from schema.json: typed arguments of every resource."""
