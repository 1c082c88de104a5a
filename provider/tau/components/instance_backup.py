"""The part of `tau:postgres:Instance` that archives and restores: store, generation, then backups."""

import contextlib
from collections.abc import Mapping
from typing import Any

import pulumi

from tau import errors, fields
from tau.components import backup_store, store_clients
from tau.components.children import Children, translated
from tau.components.construction import Construction
from tau.desired import backup, backup_store_inputs, bootstrap, cleanup, instance
from tau.desired import backup_store as own_store
from tau.desired import store as stores
from tau.kinds import cluster, deployment, object_store
from tau.kinds.manifest import Manifest, manifest
from tau.types.postgres import InstanceArgs, Store

VERSION = {"image": "majorVersion", "version": "majorVersion"}
"""Inputs that decide about the major version."""
_METADATA = {"annotations": "metadata.annotations", "labels": "metadata.labels"}
_SCHEDULE_FIELDS = {"backup.schedule": ["spec.schedule"]}
_STORE_FIELDS = {
    "backup.compression": ["spec.configuration.data.compression", "spec.configuration.wal.compression"],
    "backup.retentionDays": ["spec.retentionPolicy"],
}
_ARCHIVE = "archive"
_NEEDS_THE_STORE = (
    "asks the store which archives it holds, from within the cluster; with `kubernetes:renderYamlToDirectory` there is "
    "none to ask from. Leave it out (`backup.enabled` false), or let tau apply the objects itself"
)
NO_STORE = Store(endpoint="", bucket="", prefix="", region="", access_key_id="", secret_access_key="")


async def examine(resource: str, args: InstanceArgs, construction: Construction, problems: errors.Problems) -> None:
    """Note what the program has against the store that the Instance makes for itself, and warn of an idle `restore`."""
    about = instance.about(resource, args)
    own = backup.own_store(about["name"], args, construction.settings)
    if own:
        found = errors.Problems()
        backup_store_inputs.check(f"{resource}-store", own, construction.settings, found)
        for problem in found:
            problems.add("backup", f"the store on the share of the configuration cannot be: {problem}")
        gateway = {"kind": deployment.KIND, "metadata": {"name": own.name, "namespace": own.namespace}}
        construction.claim("name", [gateway], problems)
        await store_clients.examine(f"{resource}-store", own, construction, "backup.clientNamespaces", problems)
    archives = backup.archives(args, construction.settings)
    if construction.settings.rendered and (archives or args.restore):
        problems.add("backup" if archives else "restore", _NEEDS_THE_STORE)
        return
    given = args.backup.store if args.backup and archives else None
    used = own_store.store(f"{resource}-store", own, construction.settings, own_store.NO_KEYS) if own else given
    if used:
        construction.claim("name", [_archive(about["name"], stores.public(used))], problems)
    if archives:
        wanted_store = manifest(object_store.API_VERSION, object_store.KIND, about)
        offered = [wanted_store, backup.schedule(about, args)]
        await construction.adoption.examine(construction.api, offered, "name", problems)
    if args.restore or archives:
        await _look_for_plugin("backup" if archives else "restore", construction, problems)
    await _warn_of_restore(about, args, construction)


def _archive(name: fields.Input[str], used: Store) -> Manifest:
    """What stands for an archive among claims: Instances of one name in two namespaces would write the same one."""
    place = fields.lift(
        lambda endpoint, path: f"{stores.address(endpoint)}{path.removeprefix('s3:/')}",
        used.endpoint,
        stores.destination(used),
    )
    return {"kind": "archive", "metadata": {"namespace": place, "name": name}}


async def _look_for_plugin(path: str, construction: Construction, problems: errors.Problems) -> None:
    """Note where the plugin is missing; in a preview it may be one that is yet to come."""
    if construction.preview and construction.ordered:
        return
    with contextlib.suppress(errors.ClusterError):
        found = await construction.api.get(
            "apiextensions.k8s.io/v1", "customresourcedefinitions", None, object_store.DEFINITION
        )
        if found is None:
            problems.add(
                path,
                "needs the Barman Cloud plugin, which this cluster does not have; make an Operator, which installs it, "
                "and let this come after it (`dependsOn`), or set `backup.enabled` to false",
            )


async def _warn_of_restore(about: Manifest, args: InstanceArgs, construction: Construction) -> None:
    name, namespace = about["name"], about["namespace"]
    if args.restore is None or not isinstance(name, str) or not isinstance(namespace, str):
        return
    try:
        living = await construction.api.get(cluster.API_VERSION, cluster.PLURAL, namespace, name)
    except errors.ClusterError:
        return
    if living:
        construction.warnings.append(
            f"`restore` is used when an Instance is created, but {namespace}/{name} is there already: it is ignored; "
            "take it out of the program, or give the Instance another name"
        )


class Backups:
    """What one Instance registers beside its Cluster; `archive` is None where it is neither backed up nor restored.

    The Cluster comes after `before`; `used` is the store that it archives to.
    """

    def __init__(
        self,
        parent: pulumi.Resource,
        name: str,
        args: InstanceArgs,
        construction: Construction,
        children: Children,
        options: pulumi.ResourceOptions,
    ) -> None:
        self.archive: bootstrap.Archive | None = None
        self.before: list[pulumi.Resource] = []
        self.used = NO_STORE
        self._name, self._args, self._children = name, args, children
        self._settings = construction.settings
        self._about = instance.about(name, args)
        self._ignored = options.ignore_changes or []
        self._archives = backup.archives(args, construction.settings)
        # What is at work would have nothing to work on beside a server that hibernates.
        self._at_work = cleanup.keeps_running(args.cleanup)
        self._working = Children(parent, construction, options, keep=self._at_work)
        self._kept_store: list[Manifest] = []
        if not self._archives and args.restore is None:
            return
        target = self._target(parent, construction, options)
        generation = self._generation(construction, target)
        self.before.append(generation)
        source = self._store_objects(target)
        self.archive = bootstrap.Archive(
            server_name=fields.Deferred(handle=generation.serverName),  # type: ignore[attr-defined]
            recovery=fields.Deferred(handle=generation.recovery),  # type: ignore[attr-defined]
            store=self._about["name"] if self._archives else None,
            source=source,
        )
        if self._archives:
            self.used = target

    def _target(self, parent: pulumi.Resource, construction: Construction, options: pulumi.ResourceOptions) -> Store:
        """The store that is archived to; where nothing is archived, the one that is restored from."""
        own = backup.own_store(self._about["name"], self._args, construction.settings)
        if own:
            below = pulumi.ResourceOptions(
                parent=parent, depends_on=options.depends_on, custom_timeouts=options.custom_timeouts
            )
            made = backup_store.BackupStore(f"{self._name}-store", own, construction, below, keep=self._at_work)
            self.before += made.ready
            self._kept_store = made.kept
            return made.store
        given = self._args.backup.store if self._archives and self._args.backup else None
        restored = self._args.restore.store if self._args.restore else None
        chosen = given or restored
        assert chosen, "an Instance without any store was not refused"
        return stores.public(chosen)

    def _generation(self, construction: Construction, target: Store) -> pulumi.CustomResource:
        image = instance.image(self._args, self._settings)
        inputs = backup.generation(self._about, image, self._args, target) | construction.kubernetes_access()
        if not self._archives:
            inputs["restoreOnly"] = True
        return self._children.own(
            "ArchiveGeneration",
            f"{self._name}-generation",
            inputs,
            outputs=["serverName", "recovery"],
            after=self.before,
            ignore_changes=translated(self._ignored, VERSION),
        )

    def _store_objects(self, target: Store) -> fields.Input[str]:
        """Register what the plugin reaches the stores with; the name of the ObjectStore to restore from."""
        after = list(self.before)
        if self._archives:
            self._register(_ARCHIVE, backup.archive_objects(self._about, self._args, self._settings, target), after)
        restore = self._args.restore
        if not restore or (self._archives and not restore.store):
            return self._about["name"]  # type: ignore[no-any-return]
        found = backup.source_objects(self._about, stores.public(restore.store) if restore.store else target)
        self._register("source", found, after)
        return found.object_store["metadata"]["name"]  # type: ignore[no-any-return]

    def _register(self, suffix: str, found: backup.StoreObjects, after: list[pulumi.Resource]) -> None:
        ignored = _ignored(self._ignored, {})
        keys = self._children.object(f"{self._name}-{suffix}-keys", found.keys, after=after, ignore_changes=ignored)
        ignored = _ignored(self._ignored, _STORE_FIELDS)
        store = self._children.object(
            f"{self._name}-{suffix}",
            found.object_store,
            after=[*after, keys],
            ignore_changes=ignored,
            adopts=suffix == _ARCHIVE,
        )
        self.before += [keys, store]

    def follow(
        self, made: pulumi.CustomResource, manifest: Manifest, ready: pulumi.Resource
    ) -> tuple[list[pulumi.Resource], list[pulumi.Resource]]:
        """Register the wait until the Cluster archives, and its schedule: what is archived after, and the latter."""
        if not self._archives or self.archive is None:
            return [], []
        # Once it has archived, a change of the server does not wait for a NAS that is away.
        archiving = self._children.readiness_of(
            f"{self._name}-archiving",
            api_version=manifest["apiVersion"],
            kind=manifest["kind"],
            namespace=self._about["namespace"],
            object_name=self._about["name"],
            condition=cluster.CONTINUOUS_ARCHIVING,
            after=[made, ready],
        )
        first = backup.first(self._about, self.archive.server_name)
        self._working.object(
            f"{self._name}-first-backup",
            first,
            after=[archiving],
            ignore_changes=_ignored(self._ignored, {}),
            listed=False,
        )
        # Whoever uses the server comes after it, and does not wait for the archive.
        schedule = self._working.object(
            f"{self._name}-backup",
            backup.schedule(self._about, self._args),
            after=[made, ready],
            ignore_changes=_ignored(self._ignored, _SCHEDULE_FIELDS),
            adopts=True,
        )
        return [archiving], [schedule]

    @property
    def kept(self) -> list[Manifest]:
        """The objects that a deletion leaves, beside those of the Instance itself."""
        return [*self._kept_store, *self._working.kept]

    def outputs(self) -> dict[str, Any]:
        """Outputs of the Instance that are about its archive."""
        server_name = self.archive.server_name if self.archive and self._archives else ""
        return {"serverName": server_name, "store": backup.properties(self.used)}


def _ignored(paths: list[str], fields_of_object: Mapping[str, list[str]]) -> list[str]:
    """`ignoreChanges` of the Instance as those of one of these objects; `backup` stands for all below it."""
    found = translated(paths, _METADATA)
    for path, below in fields_of_object.items():
        if path in paths or "backup" in paths:
            found += below
    return found
