"""ValidatingAdmissionPolicy (admissionregistration.k8s.io/v1), what RBAC cannot say about an object that is created.

https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
"""

from collections.abc import Mapping, Sequence

from tau.fields import Input
from tau.kubernetes.kind import Kind
from tau.kubernetes.manifest import Manifest, manifest

KIND = Kind(
    "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "validatingadmissionpolicies", namespaced=False
)
BINDING = Kind(
    KIND.api_version, "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", namespaced=False
)


def policy(
    metadata: Manifest,
    *,
    created: Mapping[str, str],
    condition: Input[str],
    validations: Sequence[tuple[Input[str], Input[str]]],
) -> Manifest:
    """A policy for what is created of some resources, by API group.

    It applies where the CEL `condition` holds. Each validation is an expression that must hold, and its message.
    """
    rules = [
        {"apiGroups": [group], "apiVersions": ["*"], "operations": ["CREATE"], "resources": [resource]}
        for resource, group in created.items()
    ]
    spec = {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": rules},
        "matchConditions": [{"name": "who", "expression": condition}],
        "validations": [{"expression": expression, "message": message} for expression, message in validations],
    }
    return manifest(KIND, metadata, spec=spec)


def binding(metadata: Manifest, *, policy: Input[str], namespace: Input[str]) -> Manifest:
    """Lets a policy refuse what is created in one namespace."""
    selector = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    spec = {
        "policyName": policy,
        "validationActions": ["Deny"],
        "matchResources": {"namespaceSelector": selector},
    }
    return manifest(BINDING, metadata, spec=spec)
