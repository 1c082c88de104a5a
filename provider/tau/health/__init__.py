"""getHealth: what is wrong with an Instance."""
