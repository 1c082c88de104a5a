"""EndpointSlice (discovery.k8s.io/v1), which Pods answer for a Service."""

from tau.kubernetes.kind import Kind

KIND = Kind("discovery.k8s.io/v1", "EndpointSlice", "endpointslices")
