"""The bed: lifecycle, network, storage, second node."""
