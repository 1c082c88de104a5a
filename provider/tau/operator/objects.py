"""`tau:postgres:Operator`: the release manifests -> their objects, in the order in which they depend on each other.

https://cloudnative-pg.io/docs/1.30/installation_upgrade/ names the operator's manifest.
"""

from collections.abc import Iterable

from tau import errors
from tau.kubernetes.kinds import plugin_service
from tau.kubernetes.manifest import Manifest, merge
from tau.operator import plugin_objects, release
from tau.types.postgres import OperatorArgs
from tau.values import constraints

DEPLOYMENT = "cnpg-controller-manager"
POD_LABELS = {"app.kubernetes.io/name": "cloudnative-pg"}
"""Label of the operator's Deployment and its Pods, in the release manifest and in the Helm chart."""

OLDEST_VERSION = (1, 30, 0)
_NOT_OURS = {"default", "kube-node-lease", "kube-public", "kube-system"}
_ORDER = (
    {"Namespace", "CustomResourceDefinition"},
    {"ServiceAccount", "ClusterRole", "Role", "ConfigMap", "Secret"},
    {"ClusterRoleBinding", "RoleBinding", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"},
    # Side by side: both want the webhook configurations there.
    {"Deployment", "Service"},
)
# The kubernetes provider waits ten seconds from the first endpoint on, to see whether more come, before it calls a
# Service ready. Readiness asks what is behind the Services instead.
_NOT_WAITED_FOR = {"metadata": {"annotations": {"pulumi.com/skipAwait": "true"}}}


def check(args: OperatorArgs, problems: errors.Problems) -> None:
    """Note everything that is wrong with the inputs of one Operator."""
    constraints.check(problems, "namespace", args.namespace, constraints.dns_label)
    release.check_version(problems, "version", args.version, OLDEST_VERSION)
    if not args.install and args.manifest:
        problems.add("manifest", "is not used with `install: false`; remove one")
    plugin_objects.check(args, problems)


def location(args: OperatorArgs, configured: str | None) -> str:
    """URL or path of the manifest."""
    return args.manifest or configured or release.OPERATOR.location(args.version)


def objects(released: Iterable[Manifest], args: OperatorArgs) -> list[list[Manifest]]:
    """The manifests' objects in the chosen namespace, in groups that each need the ones before.

    The plugin's Service is a group of its own, the last one. The operator holds it with a finalizer and has to be
    there when it is deleted, which goes in the opposite order.
    """
    moved = [release.in_namespace(item, args.namespace) for item in released if item]
    remaining = [item for item in moved if not (item["kind"] == "Namespace" and item["metadata"]["name"] in _NOT_OURS)]
    last = [item for item in remaining if plugin_service.is_barman_plugin(item)]
    remaining = [item for item in remaining if not plugin_service.is_barman_plugin(item)]
    known = set().union(*_ORDER)
    groups = [[item for item in remaining if item["kind"] in kinds] for kinds in _ORDER]
    groups[1] += [item for item in remaining if item["kind"] not in known]
    return [[_without_wait(item) for item in group] for group in [*groups, last] if group]


def _without_wait(item: Manifest) -> Manifest:
    return merge(item, _NOT_WAITED_FOR) if item["kind"] == plugin_service.KIND.kind else item


def makes_namespace(args: OperatorArgs) -> bool:
    """Whether the namespace is one that tau may make and delete."""
    return args.namespace not in _NOT_OURS


def version_of(manifests: Iterable[Manifest]) -> str | None:
    """Version that the operator's image is tagged with."""
    for item in manifests:
        if item and item["kind"] == "Deployment" and item["metadata"]["name"] == DEPLOYMENT:
            return image_version(item)
    return None


def image_version(item: Manifest) -> str:
    """Version that the image of the operator's Deployment is tagged with."""
    return release.tag(str(item["spec"]["template"]["spec"]["containers"][0]["image"]))
