"""Role and RoleBinding (rbac.authorization.k8s.io/v1) for a ServiceAccount, within one namespace.

https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources
"""

from collections.abc import Sequence

from tau.fields import Input
from tau.kubernetes.kind import Kind
from tau.kubernetes.manifest import Manifest, manifest

KIND = Kind("rbac.authorization.k8s.io/v1", "Role", "roles")
BINDING = Kind(KIND.api_version, "RoleBinding", "rolebindings")


def secret_reader(metadata: Manifest, *secrets: Input[str]) -> Manifest:
    """A Role that may get Secrets."""
    return role(metadata, [rule("secrets", "get", "watch", names=secrets)])


def role(metadata: Manifest, rules: Sequence[Manifest]) -> Manifest:
    """A Role that may do what the rules say."""
    return manifest(KIND, metadata, rules=list(rules))


def rule(resource: str, *verbs: str, names: Sequence[Input[str]] = (), group: str = "") -> Manifest:
    """What may be done with a kind of objects, or with those of the given names; `group` is the API group."""
    fields: Manifest = {"apiGroups": [group], "resources": [resource], "verbs": list(verbs)}
    return fields | ({"resourceNames": list(names)} if names else {})


def binding(metadata: Manifest, *, role: Input[str], service_account: Input[str]) -> Manifest:
    """A RoleBinding of a Role to a ServiceAccount of the same namespace."""
    subject = {"kind": "ServiceAccount", "name": service_account, "namespace": metadata["namespace"]}
    reference = {"apiGroup": KIND.group, "kind": KIND.kind, "name": role}
    return manifest(BINDING, metadata, roleRef=reference, subjects=[subject])
