"""BackupStore and `store`: the gateway on an NFS share, and S3."""
