"""`cleanup`: what a deletion does with data, and the cleaner that ends its retention."""
