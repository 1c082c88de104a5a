"""What custom resources and functions are made with: their contract, Jobs, and sessions in a primary."""
