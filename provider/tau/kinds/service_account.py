"""ServiceAccount (v1), as whom a Pod talks to the Kubernetes API.

https://kubernetes.io/docs/concepts/security/service-accounts/
"""

from tau.kinds.manifest import Manifest, manifest

PLURAL = "serviceaccounts"


def service_account(metadata: Manifest) -> Manifest:
    """An account whose token reaches only the Pods that ask for it."""
    return manifest("v1", "ServiceAccount", metadata, automountServiceAccountToken=False)
