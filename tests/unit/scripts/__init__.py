"""`tau.scripts`, tried out on this machine."""
