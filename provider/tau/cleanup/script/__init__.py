"""The cleaner, in a Pod."""
