"""Operator: CloudNativePG and its Barman Cloud plugin, from their release manifests."""
