"""`tau:postgres:CleanupGuard`: holds up the deletion of an Instance until what it holds is safe.

Everything that it needs is in the state and in the cluster, so that it works when no program is left.
"""

import contextlib
import dataclasses
import datetime
from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from tau import errors, naming
from tau.backup.taker import BackupTaker
from tau.cleanup import inputs as cleanup_inputs
from tau.cleanup import objects as cleanup
from tau.cleanup.retain import Keeping
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kinds import cluster
from tau.kubernetes.manifest import Manifest, metadata
from tau.ownership import objects as ownership
from tau.ownership import owned_objects, retention
from tau.ownership.objects import Owned
from tau.ownership.retention import RetainedObject
from tau.resource import live_data
from tau.resource.contract import Connect, CustomResource, Difference, Operation
from tau.types.postgres import CleanupGuardArgs, KeptObject
from tau.values import constraints, duration

LAST_BACKUP_OF = "tau/last-backup-of"
"""Label of the Backups that deletions take, with the uid of their Cluster."""


class CleanupGuard(CustomResource[CleanupGuardArgs]):
    """Makes nothing; what counts is what it does before it lets itself be deleted."""

    def __init__(self, connect: Connect) -> None:
        super().__init__(connect)
        # Of the Clusters that this very process, which lives as long as one command, has backed up, and retained.
        self._backed_up: dict[str, str] = {}
        self._retained: set[str] = set()

    @override
    def check(self, args: CleanupGuardArgs, problems: errors.Problems) -> None:
        """Note what is wrong with the inputs."""
        constraints.check(problems, "instance", args.instance, constraints.instance_name)
        constraints.check(problems, "namespace", args.namespace, constraints.dns_label)
        constraints.check(problems, "onBackupFailure", args.on_backup_failure, cleanup_inputs.on_backup_failure)
        constraints.check(problems, "backupTimeout", args.backup_timeout, cleanup_inputs.backup_timeout)
        constraints.check(problems, "keepFor", args.keep_for, cleanup_inputs.after)

    @override
    def difference(self, changed: frozenset[str], outputs: Mapping[str, Any]) -> Difference:
        """Another Instance has a guard of its own; the rest is only written down."""
        expired = frozenset({"message"}) if changed - {"kubeconfig", "context", "image"} else frozenset[str]()
        return Difference(replaced=changed & {"instance", "namespace"}, expired=expired)

    @override
    async def create(self, args: CleanupGuardArgs, operation: Operation) -> tuple[str, Mapping[str, Any]]:
        """Report what a deletion will do, and resume what the last one retained."""
        await self._take_back(args, operation)
        return f"{args.namespace}/{args.instance}", {"message": cleanup.message(args)}

    @override
    async def update(
        self, args: CleanupGuardArgs, outputs: Mapping[str, Any], operation: Operation
    ) -> Mapping[str, Any]:
        """Report what a deletion will do from now on, and resume what an interrupted one retained."""
        await self._take_back(args, operation)
        return {"message": cleanup.message(args)}

    @override
    async def observed(self, args: CleanupGuardArgs, outputs: Mapping[str, Any]) -> frozenset[str]:
        """An update is needed where a deletion began and did not end: no input has changed since."""
        if not isinstance(args.namespace, str) or not isinstance(args.instance, str):
            return frozenset()
        try:
            live_cluster = await self._get(self.api.at_once(), args)
        except errors.ClusterError:
            return frozenset()
        return frozenset({"message"}) if live_cluster and retention.owner(live_cluster) == args.owner else frozenset()

    @override
    async def delete(self, args: CleanupGuardArgs, outputs: Mapping[str, Any], operation: Operation) -> None:
        """Take the last backup; an error here stops the deletion of everything that this stands before."""
        label = f"{args.namespace}/{args.instance}"
        api = self.api
        live_cluster = await self._live_cluster(api, args)
        if live_cluster is None:
            operation.note(f"Cluster {label} is gone already, so there is nothing to back up")
            return
        server = Owned(
            api_version=cluster.KIND.api_version,
            kind=cluster.KIND.kind,
            namespace=str(args.namespace),
            name=str(args.instance),
        )
        if args.resource and ownership.is_anothers(live_cluster, {str(args.resource)}):
            taken = [(server, str(ownership.owner_of(live_cluster)))]
            raise errors.ClusterError(ownership.not_deleted(taken, str(args.resource)))
        uid = str(live_cluster["metadata"]["uid"])
        # A backup counts only where the server has not run since.
        backup = retention.final_backup(live_cluster, str(args.owner)) or self._backed_up.get(uid)
        if args.backup and not _released(live_cluster) and backup is None:
            backup = await self._back_up(api, args, live_cluster, operation)
        if args.keep and uid not in self._retained:
            assert isinstance(args.keep, list)
            everything = [_retained_object(item) for item in args.keep]
            seconds = duration.seconds(args.keep_for) if isinstance(args.keep_for, str) else None
            await self._keeping(args, operation).keep(live_cluster, everything, seconds, backup)
            self._retained.add(uid)
        elif args.deletes and not args.keep:
            operation.tell(f"{label}: the Cluster is being deleted with its volumes")
            await owned_objects.delete(api, [(server, live_cluster)], operation)

    async def _take_back(self, args: CleanupGuardArgs, operation: Operation) -> None:
        # Rendering manifests to a folder has no cluster, and so no retained objects.
        with contextlib.suppress(errors.NoCluster):
            live_cluster = await self._get(self.api, args)
            if live_cluster and retention.owner(live_cluster) == args.owner:
                await self._keeping(args, operation).take_back(live_cluster)

    async def _get(self, api: KubernetesApi, args: CleanupGuardArgs) -> Mapping[str, Any] | None:
        return await api.get(cluster.KIND, str(args.namespace), str(args.instance))

    async def _live_cluster(self, api: KubernetesApi, args: CleanupGuardArgs) -> Mapping[str, Any] | None:
        try:
            return await self._get(api, args)
        except errors.Unreachable as away:
            raise errors.ClusterError(
                f"{args.namespace}/{args.instance} was not deleted, since nothing can guard its data: {away}"
            ) from away

    async def _back_up(
        self, api: KubernetesApi, args: CleanupGuardArgs, live_cluster: Mapping[str, Any], operation: Operation
    ) -> str | None:
        """Name of the final Backup; None if there is nothing to back up, or a deletion proceeds without one."""
        if not await live_data.may_be_there(api, str(args.namespace), str(args.instance), live_cluster):
            operation.note(f"Cluster {args.namespace}/{args.instance} never served, so there is nothing to back up")
            return None
        seconds = float(duration.seconds(str(args.backup_timeout)) or operation.seconds)
        operation = dataclasses.replace(operation, seconds=seconds)
        taker = BackupTaker(
            api=api,
            namespace=str(args.namespace),
            instance=str(args.instance),
            image=str(args.image),
            operation=operation,
        )
        backup_metadata = _last_backup(live_cluster)
        try:
            if (
                retention.owner(live_cluster) == args.owner
                and retention.delayed(live_cluster)
                and cluster.hibernates(live_cluster)
            ):
                # An interrupted deletion hibernates it, and nobody knows any more what had been backed up before.
                live_cluster = await self._keeping(args, operation).resume(live_cluster)
            operation.note(await taker.take(live_cluster, backup_metadata))
        except errors.ClusterError as failure:
            if args.on_backup_failure != cleanup_inputs.CONTINUE or operation.cancelled.is_set():
                raise errors.ClusterError(cleanup.refusal(args, str(failure))) from failure
            operation.warn(cleanup.warning(args, str(failure)))
            return None
        backup = str(backup_metadata["name"])
        self._backed_up[str(live_cluster["metadata"]["uid"])] = backup
        return backup

    def _keeping(self, args: CleanupGuardArgs, operation: Operation) -> Keeping:
        return Keeping(
            api=self.api,
            namespace=str(args.namespace),
            instance=str(args.instance),
            owner=str(args.owner),
            image=str(args.image),
            operation=operation,
        )


def _last_backup(live_cluster: Mapping[str, Any]) -> Manifest:
    """It belongs to no Cluster, and so is listed after the deletion too."""
    live_metadata = live_cluster["metadata"]
    return metadata(
        name=naming.last_backup(str(live_metadata["name"]), datetime.datetime.now(datetime.UTC)),
        namespace=live_metadata["namespace"],
        labels={**naming.labels(live_metadata["name"]), LAST_BACKUP_OF: str(live_metadata["uid"])},
    )


def _retained_object(item: KeptObject) -> RetainedObject:
    return RetainedObject(api_version=str(item.api_version), kind=str(item.kind), name=str(item.name))


def _released(live_cluster: Mapping[str, Any]) -> bool:
    """Whether somebody gave the data up by hand, the only way when no program is left."""
    return bool((live_cluster["metadata"].get("annotations") or {}).get(cleanup.BACKUP) == "false")
