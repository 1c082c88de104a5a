"""`tau:postgres:Operator`: the release manifest -> its objects, in the order in which they depend on each other.

https://cloudnative-pg.io/docs/1.30/installation_upgrade/ names the manifest.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tau import errors
from tau.desired import constraints
from tau.kinds.manifest import Manifest
from tau.types.postgres import OperatorArgs

DEPLOYMENT = "cnpg-controller-manager"
OLDEST_VERSION = (1, 30, 0)
_RELEASE = "https://github.com/cloudnative-pg/cloudnative-pg/releases/download/v{version}/cnpg-{version}.yaml"
_RELEASED_NAMESPACE = "cnpg-system"
_NOT_OURS = {"default", "kube-node-lease", "kube-public", "kube-system"}
_ORDER = (
    {"Namespace", "CustomResourceDefinition"},
    {"ServiceAccount", "ClusterRole", "Role", "ConfigMap", "Secret"},
    {"ClusterRoleBinding", "RoleBinding", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"},
    # Side by side: the Service is ready when the Deployment's Pods are; both want the webhook configurations there.
    {"Deployment", "Service"},
)


def check(args: OperatorArgs, problems: errors.Problems) -> None:
    """Note everything that is wrong with the inputs of one Operator."""
    constraints.check(problems, "namespace", args.namespace, constraints.dns_label)
    number = version(args.version) if isinstance(args.version, str) else OLDEST_VERSION
    if number is None or str(args.version).startswith("v"):
        problems.add("version", f"{args.version!r} is not a version; write for example `1.30.0`")
    elif number < OLDEST_VERSION:
        problems.add("version", f"{args.version!r} is too old; tau needs 1.30.0 or newer")
    if not args.install and args.manifest:
        problems.add("manifest", "is not used with `install: false`; leave one out")


def version(text: str) -> tuple[int, ...] | None:
    """The numbers of a version such as `1.30.0`."""
    match = re.fullmatch(r"v?([0-9]+)\.([0-9]+)\.([0-9]+)", text)
    return tuple(map(int, match.groups())) if match else None


def location(args: OperatorArgs, configured: str | None) -> str:
    """URL or path of the manifest."""
    return args.manifest or configured or _RELEASE.format(version=args.version)


def objects(released: Iterable[Manifest], args: OperatorArgs) -> list[list[Manifest]]:
    """The manifest's objects in the chosen namespace, in groups that each need the ones before."""
    moved = [_in_namespace(item, args.namespace) for item in released if item]
    kept = [item for item in moved if not (item["kind"] == "Namespace" and item["metadata"]["name"] in _NOT_OURS)]
    known = set().union(*_ORDER)
    groups = [[item for item in kept if item["kind"] in kinds] for kinds in _ORDER]
    groups[1] += [item for item in kept if item["kind"] not in known]
    return [group for group in groups if group]


def _in_namespace(item: Manifest, namespace: str) -> Manifest:
    if namespace == _RELEASED_NAMESPACE:
        return item
    renamed: Manifest = _replace(item, namespace)
    if item["kind"] == "Namespace":
        renamed["metadata"]["name"] = namespace
    return renamed


def _replace(value: Any, namespace: str) -> Any:
    """Change every `namespace: cnpg-system`: of objects, of subjects and of webhook services."""
    if isinstance(value, Mapping):
        return {
            key: namespace if key == "namespace" and item == _RELEASED_NAMESPACE else _replace(item, namespace)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_replace(item, namespace) for item in value]
    return value


def version_of(manifests: Iterable[Manifest]) -> str | None:
    """Version that the operator's image is tagged with."""
    for item in manifests:
        if item and item["kind"] == "Deployment" and item["metadata"]["name"] == DEPLOYMENT:
            image = item["spec"]["template"]["spec"]["containers"][0]["image"]
            return str(image).partition("@")[0].rpartition(":")[2]
    return None
