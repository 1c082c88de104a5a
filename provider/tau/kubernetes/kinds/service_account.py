"""ServiceAccount (v1), as whom a Pod talks to the Kubernetes API.

https://kubernetes.io/docs/concepts/security/service-accounts/
"""

from tau.kubernetes.kind import Kind
from tau.kubernetes.manifest import Manifest, manifest

KIND = Kind("v1", "ServiceAccount", "serviceaccounts")


def service_account(metadata: Manifest) -> Manifest:
    """An account whose token reaches only the Pods that ask for it."""
    return manifest(KIND, metadata, automountServiceAccountToken=False)
