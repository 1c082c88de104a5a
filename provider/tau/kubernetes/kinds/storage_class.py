"""StorageClass (storage.k8s.io/v1), how volumes are made."""

from tau.kubernetes.kind import Kind

KIND = Kind("storage.k8s.io/v1", "StorageClass", "storageclasses", namespaced=False)
