"""The part of `tau:postgres:Instance` that archives and restores: store, generation, then backups."""

from collections.abc import Mapping
from typing import Any

import pulumi

from tau import fields
from tau.backup import bootstrap
from tau.backup import live_checks as backup_live_checks
from tau.backup import objects as backup
from tau.component.children import Children, translated
from tau.component.context import Construction
from tau.kubernetes.kinds import cluster
from tau.kubernetes.manifest import Manifest
from tau.store import component as store_component
from tau.store import s3
from tau.types.postgres import Store

VERSION = {"image": "majorVersion", "version": "majorVersion"}
"""Inputs that decide about the major version."""
_METADATA = {"annotations": "metadata.annotations", "labels": "metadata.labels"}
_SCHEDULE_FIELDS = {"backup.schedule": ["spec.schedule"]}
_STORE_FIELDS = {
    "backup.compression": ["spec.configuration.data.compression", "spec.configuration.wal.compression"],
    "backup.retentionDays": ["spec.retentionPolicy"],
}
_ARCHIVE = "archive"
NO_STORE = Store(endpoint="", bucket="", prefix="", region="", access_key_id="", secret_access_key="")


class Backups:
    """What one Instance registers in addition to its Cluster; `archive` is None without backups and restore.

    The Cluster comes after `before`; `used` is the store that it archives to.
    """

    def __init__(
        self,
        parent: pulumi.Resource,
        name: str,
        plan: backup_live_checks.Plan,
        construction: Construction,
        children: Children,
        options: pulumi.ResourceOptions,
    ) -> None:
        self.archive: bootstrap.Archive | None = None
        self.before: list[pulumi.Resource] = []
        self.used = NO_STORE
        self._name, self._plan, self._children = name, plan, children
        self._args, self._metadata, self._archives = plan.args, plan.metadata, plan.archives
        self._settings = construction.settings
        self._ignored = options.ignore_changes or []
        # Backups and alerts would have nothing to do for a hibernated server.
        self._at_work = plan.at_work
        self._working = Children(parent, construction, options, keep=self._at_work)
        self._retained_store: list[Manifest] = []
        if not plan.archives and plan.args.restore is None:
            return
        target = self._target(parent, construction, options)
        generation = self._generation(construction, target)
        self.before.append(generation)
        source = self._store_objects(target)
        self.archive = bootstrap.Archive(
            server_name=fields.Deferred(handle=generation.serverName),  # type: ignore[attr-defined]
            recovery=fields.Deferred(handle=generation.recovery),  # type: ignore[attr-defined]
            store=self._metadata["name"] if self._archives else None,
            source=source,
        )
        if self._archives:
            self.used = target

    def _target(self, parent: pulumi.Resource, construction: Construction, options: pulumi.ResourceOptions) -> Store:
        """The store that is archived to; where nothing is archived, the one that is restored from."""
        if self._plan.own:
            below = pulumi.ResourceOptions(
                parent=parent, depends_on=options.depends_on, custom_timeouts=options.custom_timeouts
            )
            made = store_component.BackupStore(
                f"{self._name}-store", self._plan.own, construction, below, keep=self._at_work
            )
            self.before += made.ready
            self._retained_store = made.retained
            return made.store
        assert self._plan.explicit_store, "an Instance without any store was not refused"
        return self._plan.explicit_store

    def _generation(self, construction: Construction, target: Store) -> pulumi.CustomResource:
        inputs = (
            backup.generation(self._metadata, self._plan.image, self._args, target) | construction.kubernetes_access()
        )
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
            self._register(_ARCHIVE, backup.archive_objects(self._metadata, self._args, self._settings, target), after)
        restore = self._args.restore
        if not restore or (self._archives and not restore.store):
            return self._metadata["name"]  # type: ignore[no-any-return]
        source_objects = backup.source_objects(self._metadata, s3.public(restore.store) if restore.store else target)
        self._register("source", source_objects, after)
        return source_objects.object_store["metadata"]["name"]  # type: ignore[no-any-return]

    def _register(self, suffix: str, objects: backup.StoreObjects, after: list[pulumi.Resource]) -> None:
        ignored = _ignored(self._ignored, {})
        keys = self._children.object(f"{self._name}-{suffix}-keys", objects.keys, after=after, ignore_changes=ignored)
        ignored = _ignored(self._ignored, _STORE_FIELDS)
        store = self._children.object(
            f"{self._name}-{suffix}",
            objects.object_store,
            after=[*after, keys],
            ignore_changes=ignored,
            adopts=suffix == _ARCHIVE,
        )
        self.before += [keys, store]

    def follow(
        self, made: pulumi.CustomResource, manifest: Manifest, ready: pulumi.Resource
    ) -> tuple[list[pulumi.Resource], list[pulumi.Resource]]:
        """Register the wait until the Cluster archives, and its schedule: what is archived after, and the latter."""
        if self._plan.schedule is None or self.archive is None:
            return [], []
        # Once it has archived, a change of the server does not wait for a NAS that is away.
        archiving = self._children.readiness_of(
            f"{self._name}-archiving",
            api_version=manifest["apiVersion"],
            kind=manifest["kind"],
            namespace=self._metadata["namespace"],
            object_name=self._metadata["name"],
            condition=cluster.CONTINUOUS_ARCHIVING,
            after=[made, ready],
        )
        first = backup.first(self._metadata, self.archive.server_name)
        self._working.object(
            f"{self._name}-first-backup",
            first,
            after=[archiving],
            ignore_changes=_ignored(self._ignored, {}),
            listed=False,
        )
        # Users of the server come after it, and do not wait for the archive.
        schedule = self._working.object(
            f"{self._name}-backup",
            self._plan.schedule,
            after=[made, ready],
            ignore_changes=_ignored(self._ignored, _SCHEDULE_FIELDS),
            adopts=True,
        )
        return [archiving], [schedule]

    @property
    def retained(self) -> list[Manifest]:
        """The objects that a deletion leaves, in addition to those of the Instance itself."""
        return [*self._retained_store, *self._working.retained]

    def outputs(self) -> dict[str, Any]:
        """Outputs of the Instance that are about its archive."""
        server_name = self.archive.server_name if self.archive and self._archives else ""
        return {"serverName": server_name, "store": backup.properties(self.used)}


def _ignored(paths: list[str], fields_of_object: Mapping[str, list[str]]) -> list[str]:
    """`ignoreChanges` of the Instance as those of one of these objects; `backup` stands for all below it."""
    ignored = translated(paths, _METADATA)
    for path, below in fields_of_object.items():
        if path in paths or "backup" in paths:
            ignored += below
    return ignored
