"""The Operator's part for the Barman Cloud plugin: its manifest, its certificates, and the wait until it is registered.

A Cluster that names the plugin before the operator knows it, or while the plugin does not answer, is not lost: the
operator tries again after ten seconds, or when the plugin's endpoints change (PhaseUnknownPlugin and
mapPluginEndpointSlicesToClusters in `internal/controller/cluster_controller.go` of 1.30.0). The wait spares that time.
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from tau import errors
from tau.component.children import Children
from tau.component.context import Construction
from tau.credentials.certificate import Issued
from tau.fields import Deferred
from tau.kubernetes.kind import Kind
from tau.kubernetes.kinds import custom_resource_definition, deployment, plugin_service
from tau.kubernetes.manifest import Manifest
from tau.operator import download, plugin_objects, release
from tau.types.postgres import OperatorArgs


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The plugin to install, from its release manifest, or the `services` of the one that is there."""

    released: Sequence[Manifest] = ()
    services: Sequence[Manifest] = ()


NO_PLUGIN = Plan()


async def read_manifest(args: OperatorArgs, construction: Construction, problems: errors.Problems) -> Plan:
    """Load the release manifest, and note what is wrong with it."""
    plugin, configured = plugin_objects.settings(args), construction.settings.barman_plugin_manifest
    where = plugin_objects.location(plugin, configured)
    path = "barmanPlugin.manifest" if plugin.manifest or not configured else "tau:barmanPluginManifest"
    released = await download.read(where, path, problems, construction.warnings)
    if released is None:
        return NO_PLUGIN
    tagged = plugin_objects.version_of(released)
    if not plugin_objects.is_complete(released):
        text = f"{where!r} has no Deployment and Service of the plugin; use the Barman Cloud plugin's release manifest"
        problems.add(path, text)
    elif tagged not in (None, plugin.version):
        text = f"{plugin.version!r} is not the version of the manifest {where!r}, which is {tagged!r}"
        problems.add("barmanPlugin.version", text)
    return Plan(released=released)


async def examine_installed(args: OperatorArgs, construction: Construction, problems: errors.Problems) -> Plan:
    """Note what a plugin that somebody else installed lacks."""
    services = await _in_namespace(args, construction, plugin_service.KIND, plugin_service.PLUGIN)
    deployments = await _in_namespace(args, construction, deployment.KIND)
    defined = await construction.api.get(custom_resource_definition.KIND, None, plugin_objects.DEFINITION)
    elsewhere = [] if services else await _elsewhere(construction)
    missing = plugin_objects.missing(args.namespace, services, deployments, defined=bool(defined), elsewhere=elsewhere)
    running = plugin_objects.version_of([*services, *deployments])
    if missing:
        problems.add(
            "barmanPlugin",
            f"`install: false` requires an installed plugin, but {missing}; install it, "
            "or set `barmanPlugin.enabled` to false and go without backups",
        )
    elif running and (release.version(running) or ()) < plugin_objects.OLDEST_VERSION:
        problems.add("barmanPlugin", f"the running plugin is {running!r}; tau needs 0.14.0 or newer, upgrade it first")
    return Plan(services=services)


async def _elsewhere(construction: Construction) -> list[str]:
    """The namespaces with a Service of the plugin, as far as this user may look."""
    with contextlib.suppress(errors.ClusterError):
        services = await construction.api.items(plugin_service.KIND, labels=plugin_service.PLUGIN)
        return sorted({str(item["metadata"]["namespace"]) for item in services})
    return []


async def _in_namespace(
    args: OperatorArgs, construction: Construction, kind: Kind, labels: Mapping[str, str] | None = None
) -> list[Manifest]:
    """The objects of a kind in the operator's namespace."""
    items = await construction.api.items(kind, args.namespace, labels)
    return [{**item, "kind": kind.kind} for item in items]


def manifests(name: str, args: OperatorArgs, children: Children, plan: Plan) -> list[Manifest]:
    """The objects of the plugin that is to be installed, after registering their certificates."""
    issued = {}
    for pair in plugin_objects.pairs(plan.released):
        made = children.own(
            "SelfSignedCertificate",
            f"{name}-barman-plugin-{pair.role}-certificate",
            {"commonName": pair.dns_names[0], "dnsNames": list(pair.dns_names)},
            outputs=["certificate", "privateKey"],
        )
        issued[pair.role] = Issued(
            certificate=Deferred(handle=made.certificate),  # type: ignore[attr-defined]
            key=Deferred(handle=made.privateKey),  # type: ignore[attr-defined]
        )
    return plugin_objects.objects(plan.released, plugin_objects.settings(args), issued)


def readiness(
    name: str,
    args: OperatorArgs,
    children: Children,
    plan: Plan,
    *,
    followed: Sequence[pulumi.CustomResource],
    after: Sequence[pulumi.Resource],
) -> list[pulumi.CustomResource]:
    """The wait until the plugin answers and the operator has registered it, if there is a plugin."""
    service = plugin_objects.service(plan.services or plan.released)
    if not service:
        return []
    return [
        children.readiness_of(
            f"{name}-barman-plugin-ready",
            api_version=plugin_service.KIND.api_version,
            kind=plugin_service.KIND.kind,
            namespace=args.namespace,
            object_name=service["metadata"]["name"],
            followed=followed,
            after=after,
        )
    ]
