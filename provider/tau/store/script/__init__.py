"""What tries out a share, in a Pod."""
