"""What looks into a store, in a Pod."""
