"""What the program and the cluster have against the backups and the restore of an Instance."""

import contextlib
from dataclasses import dataclass

from tau import errors, fields
from tau.backup import objects as backup
from tau.component.context import Construction
from tau.kubernetes.kinds import cluster, custom_resource_definition, object_store
from tau.kubernetes.manifest import Manifest, manifest
from tau.store import component as store_component
from tau.store import inputs as store_inputs
from tau.store import live_checks as store_live_checks
from tau.store import s3
from tau.types.postgres import InstanceArgs, Store

_NEEDS_THE_STORE = (
    "asks the store which archives it holds, from within the cluster; with `kubernetes:renderYamlToDirectory` there is "
    "none to ask from. Remove it (`backup.enabled` false), or let tau apply the objects itself"
)


@dataclass(frozen=True, kw_only=True, repr=False)
class Plan:
    """How one Instance archives and restores: to a store of its `own`, else to the `explicit_store`.

    `metadata` is that of its Cluster; `at_work` says whether a deletion leaves it running.
    `schedule` is None where nothing is archived, and `explicit_store` then the one that is restored from, if any.
    """

    args: InstanceArgs
    metadata: Manifest
    image: fields.Input[str]
    at_work: bool
    archives: bool
    own: store_component.Plan | None
    explicit_store: Store | None
    schedule: Manifest | None


async def examine(
    resource: str,
    args: InstanceArgs,
    construction: Construction,
    problems: errors.Problems,
    *,
    metadata: Manifest,
    image: fields.Input[str],
    at_work: bool,
) -> Plan | None:
    """Note what the program has against the store that the Instance makes for itself, and warn of an idle `restore`."""
    archives = backup.archives(args, construction.settings)
    own = await _examine_own(resource, metadata, args, construction, problems)
    if construction.settings.rendered and (archives or args.restore):
        problems.add("backup" if archives else "restore", _NEEDS_THE_STORE)
        return None
    explicit_store = _explicit_store(args, archives=archives)
    plan = Plan(
        args=args,
        metadata=metadata,
        image=image,
        at_work=at_work,
        archives=archives,
        own=own,
        explicit_store=explicit_store,
        schedule=backup.schedule(metadata, args) if archives else None,
    )
    await _examine_archive(plan, construction, problems)
    await _warn_of_restore(metadata, args, construction)
    return plan


async def _examine_own(
    resource: str, metadata: Manifest, args: InstanceArgs, construction: Construction, problems: errors.Problems
) -> store_component.Plan | None:
    own = backup.own_store(metadata["name"], args, construction.settings)
    if own is None:
        return None
    own_problems = errors.Problems()
    store_inputs.check(f"{resource}-store", own, construction.settings, own_problems)
    for problem in own_problems:
        problems.add("backup", f"the store on the share of the configuration cannot be: {problem}")
    construction.claim("name", [store_component.gateway(own.name, own.namespace)], problems)
    plan = store_component.plan(f"{resource}-store", own, construction.settings)
    await store_live_checks.examine(plan.store.endpoint, own, construction, "backup.clientNamespaces", problems)
    return plan


def _explicit_store(args: InstanceArgs, *, archives: bool) -> Store | None:
    """The store that is named to archive to; where nothing is archived, or none is named, to restore from."""
    explicit = args.backup.store if archives and args.backup else None
    chosen = explicit or (args.restore.store if args.restore else None)
    return s3.public(chosen) if chosen else None


async def _examine_archive(plan: Plan, construction: Construction, problems: errors.Problems) -> None:
    """Note other writers of the archive, existing objects, and a missing plugin."""
    used = plan.own.store if plan.own else plan.explicit_store
    if plan.archives and used:
        construction.claim("name", [_archive(plan.metadata["name"], s3.public(used))], problems)
    if plan.schedule:
        wanted_store = manifest(object_store.KIND, plan.metadata)
        await construction.adoption.examine(construction.api, [wanted_store, plan.schedule], "name", problems)
    if plan.args.restore or plan.archives:
        await _look_for_plugin("backup" if plan.archives else "restore", construction, problems)


def _archive(name: fields.Input[str], used: Store) -> Manifest:
    """What stands for an archive among claims: Instances of one name in two namespaces would write the same one."""
    place = fields.lift(
        lambda endpoint, path: f"{s3.address(endpoint)}{path.removeprefix('s3:/')}",
        used.endpoint,
        s3.destination(used),
    )
    return {"kind": "archive", "metadata": {"namespace": place, "name": name}}


async def _look_for_plugin(path: str, construction: Construction, problems: errors.Problems) -> None:
    """Note where the plugin is missing; in a preview it may be one that is yet to come."""
    if construction.preview and construction.ordered:
        return
    with contextlib.suppress(errors.ClusterError):
        definition = await construction.api.get(custom_resource_definition.KIND, None, object_store.DEFINITION)
        if definition is None:
            problems.add(
                path,
                "needs the Barman Cloud plugin, which this cluster does not have; create an Operator, which installs "
                "it, and make this depend on it (`dependsOn`), or set `backup.enabled` to false",
            )


async def _warn_of_restore(metadata: Manifest, args: InstanceArgs, construction: Construction) -> None:
    name, namespace = metadata["name"], metadata["namespace"]
    if args.restore is None or not isinstance(name, str) or not isinstance(namespace, str):
        return
    try:
        live_cluster = await construction.api.get(cluster.KIND, namespace, name)
    except errors.ClusterError:
        return
    if live_cluster:
        construction.warnings.append(
            f"`restore` is used when an Instance is created, but {namespace}/{name} already exists: it is ignored; "
            "remove it from the program, or set another `name`"
        )
