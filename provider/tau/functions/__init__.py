"""Functions: what a program may ask without making anything."""
