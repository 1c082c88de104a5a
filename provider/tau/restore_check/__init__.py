"""RestoreCheck: restores the newest backup regularly and reads all of it."""
