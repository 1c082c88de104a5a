"""The test bed: lifecycle, network, storage, second node."""
