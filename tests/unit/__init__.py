"""Pure layers, in milliseconds: no Pulumi engine, no network, no cluster."""
