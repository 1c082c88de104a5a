"""`make bench`: tau compared with the same work without it, measured in one run."""
