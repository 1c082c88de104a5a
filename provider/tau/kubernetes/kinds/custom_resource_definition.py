"""CustomResourceDefinition (apiextensions.k8s.io/v1), by which a cluster has a kind that is not Kubernetes' own."""

from tau.kubernetes.kind import Kind

KIND = Kind("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", namespaced=False)
