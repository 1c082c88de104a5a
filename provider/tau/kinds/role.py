"""Role and RoleBinding (rbac.authorization.k8s.io/v1) that let a ServiceAccount read one Secret.

https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources
"""

from tau.fields import Input
from tau.kinds.manifest import Manifest, manifest

_GROUP = "rbac.authorization.k8s.io"


def secret_reader(metadata: Manifest, *, secret: Input[str]) -> Manifest:
    """A Role that may get one Secret."""
    rules = [{"apiGroups": [""], "resources": ["secrets"], "resourceNames": [secret], "verbs": ["get", "watch"]}]
    return manifest(f"{_GROUP}/v1", "Role", metadata, rules=rules)


def binding(metadata: Manifest, *, role: Input[str], service_account: Input[str]) -> Manifest:
    """A RoleBinding of a Role to a ServiceAccount of the same namespace."""
    subject = {"kind": "ServiceAccount", "name": service_account, "namespace": metadata["namespace"]}
    reference = {"apiGroup": _GROUP, "kind": "Role", "name": role}
    return manifest(f"{_GROUP}/v1", "RoleBinding", metadata, roleRef=reference, subjects=[subject])
