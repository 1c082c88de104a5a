"""The scripts of the restore check."""
