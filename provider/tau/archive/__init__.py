"""What a store holds of an Instance: generations, base backups, WAL, and what can be restored."""
