"""The Barman Cloud plugin: its release manifest -> its objects, without cert-manager.

https://cloudnative-pg.io/plugin-barman-cloud/docs/installation/ names the manifest. What it asks of cert-manager, two
certificates that are each their own authority, comes from `tau:postgres:SelfSignedCertificate` instead.
"""

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tau import errors
from tau.credentials import certificate
from tau.credentials.certificate import Issued
from tau.fields import Input, lift
from tau.kubernetes.kinds import deployment, object_store, plugin_service, secret
from tau.kubernetes.manifest import Manifest, merge, metadata
from tau.operator import release
from tau.types.postgres import BarmanPlugin, OperatorArgs

OLDEST_VERSION = (0, 14, 0)
DEFINITION = object_store.KIND.definition
"""CustomResourceDefinition of the ObjectStores."""

_OF_CERT_MANAGER = "cert-manager.io/"
_SIDECAR_IMAGE = "SIDECAR_IMAGE"
_CERTIFICATES = "tau/certificates"
# Of a connection to the plugin's port. The manifest's waits ten seconds before the first, and `up` with it.
_PROBE = {"initialDelaySeconds": 1, "periodSeconds": 2}
_ONLY_INSTALLED = {"manifest": "manifest", "image": "image", "sidecar_image": "sidecarImage"}


def settings(args: OperatorArgs) -> BarmanPlugin:
    """What is wanted of the plugin; by default it is installed."""
    return args.barman_plugin or BarmanPlugin()


def check(args: OperatorArgs, problems: errors.Problems) -> None:
    """Note everything that is wrong with the inputs of the plugin."""
    plugin = settings(args)
    release.check_version(problems, "barmanPlugin.version", plugin.version, OLDEST_VERSION)
    for name, path in _ONLY_INSTALLED.items():
        value = getattr(plugin, name)
        if value == "":
            problems.add(f"barmanPlugin.{path}", "is empty; remove it for the one of the release")
        elif value is not None and not args.install:
            problems.add(f"barmanPlugin.{path}", "is not used with `install: false`; remove one")


def location(plugin: BarmanPlugin, configured: str | None) -> str:
    """URL or path of the manifest."""
    return plugin.manifest or configured or release.PLUGIN.location(plugin.version)


def service(released: Iterable[Manifest]) -> Manifest | None:
    """The Service by which the operator finds the plugin."""
    return next(filter(plugin_service.is_barman_plugin, released), None)


def is_complete(released: Sequence[Manifest]) -> bool:
    """Whether a manifest has the plugin's Deployment, and a Service that names the two Secrets."""
    plugin_object = service(released)
    return bool(
        plugin_object
        and all(plugin_service.secrets(plugin_object))
        and any(_is_of(plugin_object, item) for item in released)
    )


def version_of(released: Sequence[Manifest]) -> str | None:
    """Version that the plugin's image is tagged with; None where the tag, such as `main`, is not a version."""
    plugin_object = service(released)
    images = [
        item["spec"]["template"]["spec"]["containers"][0]["image"]
        for item in released
        if plugin_object and _is_of(plugin_object, item)
    ]
    tags = [release.tag(image) for image in images]
    return next((tag.removeprefix("v") for tag in tags if release.version(tag)), None)


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A certificate that the plugin or the operator shows to the other: for whom, and the Secret that holds it."""

    role: str
    secret: str
    dns_names: tuple[str, ...]


def pairs(released: Sequence[Manifest]) -> list[Pair]:
    """The certificates that a manifest needs."""
    plugin_object = service(released)
    if not plugin_object:
        return []
    names = (plugin_service.server_name(plugin_object),)
    server, client = plugin_service.secrets(plugin_object)
    return [
        Pair(role="server", secret=server, dns_names=names),
        Pair(role="client", secret=client, dns_names=names),
    ]


def objects(released: Sequence[Manifest], plugin: BarmanPlugin, issued: Mapping[str, Issued]) -> list[Manifest]:
    """The manifest's objects with the wanted images, and the Secrets in place of what cert-manager would make.

    `issued` is by role. The plugin's Pods carry a fingerprint of the certificates, so that a renewal replaces them.
    """
    plugin_object = service(released)
    if not plugin_object:
        return []
    fingerprint = lift(certificate.fingerprint, *(issued[pair.role].certificate for pair in pairs(released)))
    made = [
        _deployment(item, plugin, fingerprint) if _is_of(plugin_object, item) else item
        for item in released
        if not item["apiVersion"].startswith(_OF_CERT_MANAGER)
    ]
    if plugin.sidecar_image:
        unused = {name for item in released if _is_of(plugin_object, item) for name in _sidecar_secrets(item)}
        made = [item for item in made if not (item["kind"] == "Secret" and item["metadata"]["name"] in unused)]
    namespace = plugin_object["metadata"].get("namespace")
    return made + [
        secret.tls(
            metadata(name=pair.secret, namespace=namespace),
            certificate=issued[pair.role].certificate,
            key=issued[pair.role].key,
        )
        for pair in pairs(released)
    ]


def _is_of(plugin_object: Manifest, item: Manifest) -> bool:
    return item["kind"] == deployment.KIND.kind and plugin_service.selects(plugin_object, item)


def _deployment(item: Manifest, plugin: BarmanPlugin, fingerprint: Input[str]) -> Manifest:
    changed = merge(item, {"spec": {"template": {"metadata": {"annotations": {_CERTIFICATES: fingerprint}}}}})
    containers = copy.deepcopy(item["spec"]["template"]["spec"]["containers"])
    if "readinessProbe" in containers[0]:
        containers[0]["readinessProbe"] |= _PROBE
    if plugin.image:
        containers[0]["image"] = plugin.image
    if plugin.sidecar_image:
        rest = [variable for variable in containers[0].get("env", []) if variable["name"] != _SIDECAR_IMAGE]
        containers[0]["env"] = [*rest, {"name": _SIDECAR_IMAGE, "value": plugin.sidecar_image}]
    return merge(changed, {"spec": {"template": {"spec": {"containers": containers}}}})


def _sidecar_secrets(item: Manifest) -> list[str]:
    """Names of the Secrets that the image of the sidecar comes from."""
    variables = item["spec"]["template"]["spec"]["containers"][0].get("env", [])
    references: list[Mapping[str, Any]] = [
        variable.get("valueFrom", {}).get("secretKeyRef", {})
        for variable in variables
        if variable["name"] == _SIDECAR_IMAGE
    ]
    return [reference["name"] for reference in references if "name" in reference]


def missing(
    namespace: str,
    services: Sequence[Manifest],
    deployments: Sequence[Manifest],
    *,
    defined: bool,
    elsewhere: Sequence[str] = (),
) -> str:
    """What a plugin that is not to be installed lacks, of what the operator needs; empty if nothing.

    `services` carry the plugin's label, `deployments` are all of the namespace, `defined` is whether ObjectStores are,
    `elsewhere` are other namespaces with such a Service.
    """
    labels = ", ".join(f"{key}: {value}" for key, value in plugin_service.PLUGIN.items())
    reasons = []
    if not services:
        there = f" (it is in {', '.join(elsewhere)}, where this operator does not look)" if elsewhere else ""
        reasons.append(f"namespace {namespace!r} has no Service with the label {labels}{there}")
    elif not any(plugin_service.selects(services[0], item) for item in deployments):
        reasons.append(f"namespace {namespace!r} has no Deployment behind Service {services[0]['metadata']['name']}")
    if not defined:
        reasons.append(f"the cluster has no CustomResourceDefinition {DEFINITION}")
    return ", and ".join(reasons)
