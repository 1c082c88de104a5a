"""`backup` and `restore` of an Instance: generations, base backups, and how a Cluster starts."""
