"""`tau:postgres:Operator`: registers the objects of the release manifests, and the wait until all of it answers."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from tau import errors
from tau.component.children import Children, anchored
from tau.component.context import Construction
from tau.kubernetes.kinds import deployment, namespace, plugin_service
from tau.kubernetes.manifest import Manifest
from tau.operator import download, plugin_component, plugin_objects
from tau.operator import live_checks as operator_live_checks
from tau.operator import objects as operator
from tau.types.postgres import OperatorArgs

TOKEN = "tau:postgres:Operator"
_OPERATOR = f"{deployment.KIND.kind}/{operator.DEPLOYMENT}"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The operator to install, or the one that is there: `args` have the namespace and version of that one.

    `released` is its release manifest, empty where it is not installed.
    """

    args: OperatorArgs
    deployment_name: str = operator.DEPLOYMENT
    released: Sequence[Manifest] = ()
    plugin: plugin_component.Plan = plugin_component.NO_PLUGIN


async def examine(
    resource: str, args: OperatorArgs, construction: Construction, problems: errors.Problems
) -> Plan | None:
    """Note what is wrong with the inputs, and read the manifests or look at the operator that is there."""
    operator.check(args, problems)
    if problems:
        return None
    enabled = plugin_objects.settings(args).enabled
    if not args.install and construction.settings.rendered:
        return Plan(args=args)
    if not args.install:
        return await _examine_installed(args, construction, problems, with_plugin=enabled)
    _note_namespace(args, construction)
    released, of_plugin = await asyncio.gather(
        _read_manifest(args, construction, problems),
        plugin_component.read_manifest(args, construction, problems) if enabled else _no_plugin(),
    )
    return Plan(args=args, released=released, plugin=of_plugin)


def _note_namespace(args: OperatorArgs, construction: Construction) -> None:
    """The servers that the program makes in the same cluster admit this operator, before it runs."""
    construction.claims.operator_namespaces[construction.configured.name] = args.namespace


async def _no_plugin() -> plugin_component.Plan:
    return plugin_component.NO_PLUGIN


async def _read_manifest(args: OperatorArgs, construction: Construction, problems: errors.Problems) -> list[Manifest]:
    where = operator.location(args, construction.settings.operator_manifest)
    path = "manifest" if args.manifest or not construction.settings.operator_manifest else "tau:operatorManifest"
    released = await download.read(where, path, problems, construction.warnings)
    if released is None:
        return []
    tagged = operator.version_of(released)
    if tagged is None:
        problems.add(path, f"{where!r} has no Deployment {operator.DEPLOYMENT}; use CloudNativePG's release manifest")
    elif tagged != args.version:
        problems.add("version", f"{args.version!r} is not the version of the manifest {where!r}, which is {tagged!r}")
    return released


async def _examine_installed(
    args: OperatorArgs, construction: Construction, problems: errors.Problems, *, with_plugin: bool
) -> Plan | None:
    of_plugin = plugin_component.NO_PLUGIN
    try:
        running = await operator_live_checks.examine(args, construction, problems)
        used = operator_live_checks.resolved(args, running) if running else args
        _note_namespace(used, construction)
        if with_plugin:
            of_plugin = await plugin_component.examine_installed(used, construction, problems)
    except errors.Unreachable as refused:
        problems.add("install", f"false requires a running operator, but {refused}")
        return None
    return Plan(args=used, deployment_name=running["metadata"]["name"], plugin=of_plugin) if running else None


class Operator(pulumi.ComponentResource):
    """CloudNativePG in the cluster."""

    def __init__(self, name: str, plan: Plan, construction: Construction, options: pulumi.ResourceOptions) -> None:
        super().__init__(TOKEN, name, None, options)
        construction.tell(self)
        args = plan.args
        children = Children(self, construction, options)
        if args.install:
            construction.inventory.open(children, name, after=_namespace(name, plan, children, construction))
        plugin_manifests = plugin_component.manifests(name, args, children, plan.plugin)
        wanted = operator.objects([*plan.released, *plugin_manifests], args)
        made = _objects(children, name, wanted, taken_over=bool(options.aliases))
        deployments = [made[key] for key in made if key.startswith(f"{deployment.KIND.kind}/")]
        ready = children.readiness_of(
            f"{name}-ready",
            api_version=deployment.KIND.api_version,
            kind=deployment.KIND.kind,
            namespace=args.namespace,
            object_name=plan.deployment_name,
            followed=[made[_OPERATOR]] if _OPERATOR in made else [],
            after=list(made.values()),
        )
        # Also after a change of the operator alone: it registers the plugin again when it starts.
        registered = plugin_component.readiness(
            name, args, children, plan.plugin, followed=deployments, after=list(made.values())
        )
        values: dict[str, Any] = {"namespace": args.namespace, "version": args.version}
        self.outputs = {key: anchored(value, [ready, *registered]) for key, value in values.items()}
        self.register_outputs(self.outputs)


def _namespace(name: str, plan: Plan, children: Children, construction: Construction) -> list[pulumi.CustomResource]:
    """What makes the namespace, and deletes it only if tau made it and nothing of anybody is left in it."""
    released = any(item and item["kind"] == namespace.KIND.kind for item in plan.released)
    if not released or not operator.makes_namespace(plan.args):
        return []
    inputs = {"name": plan.args.namespace, "user": f"operator-{name}"} | construction.kubernetes_access()
    return [children.own("Namespace", f"{name}-namespace", inputs, module="app", acts=True)]


def _objects(
    children: Children, name: str, groups: list[list[Manifest]], *, taken_over: bool
) -> dict[str, pulumi.CustomResource]:
    """The children for groups of objects, each after the group before it, by kind and name."""
    made: dict[str, pulumi.CustomResource] = {}
    before: list[pulumi.Resource] = []
    for group in groups:
        these = {
            _key(item): children.object(
                f"{name}-{_key(item).lower().replace('/', '-')}",
                item,
                # The plugin's Service needs nothing but the operator, which has to outlive it.
                after=[made[_OPERATOR]] if plugin_service.is_barman_plugin(item) else before,
                retain=_retained(item),
                aliases=_names_in_a_manifest(name, item) if taken_over else (),
            )
            for item in group
        }
        made |= these
        before = list(these.values())
    return made


def _key(item: Manifest) -> str:
    return f"{item['kind']}/{item['metadata']['name']}"


def _names_in_a_manifest(name: str, item: Manifest) -> list[pulumi.Alias]:
    """What a ConfigFile or ConfigGroup of the kubernetes package calls an object, first in `yaml`, then in `yaml/v2`.

    The engine puts the component's own former name, type and parent in.
    """
    metadata = item["metadata"]
    within = f"{metadata['namespace']}/{metadata['name']}" if "namespace" in metadata else metadata["name"]
    return [pulumi.Alias(name=within), pulumi.Alias(name=f"{name}:{within}")]


def _retained(item: Manifest) -> bool | None:
    # Deleting a CustomResourceDefinition deletes every object of its kind in the whole cluster, databases included; and
    # deleting a Namespace all objects in it, including those of others. The latter is deleted by a resource of tau.
    return True if item["kind"] in ("CustomResourceDefinition", namespace.KIND.kind) else None
