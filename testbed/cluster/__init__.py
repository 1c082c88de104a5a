"""The test bed's cluster: control plane, kubelet, network, storage and registry."""
