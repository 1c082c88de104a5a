"""`make bench`: tau beside what one would do without it, measured in one run."""
