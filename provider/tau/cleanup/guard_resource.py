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
from tau.ownership.retention import Kept
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
        told = frozenset({"message"}) if changed - {"kubeconfig", "context", "image"} else frozenset[str]()
        return Difference(replaced=changed & {"instance", "namespace"}, expired=told)

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
            living = await self._get(self.api.at_once(), args)
        except errors.ClusterError:
            return frozenset()
        return frozenset({"message"}) if living and retention.owner(living) == args.owner else frozenset()

    @override
    async def delete(self, args: CleanupGuardArgs, outputs: Mapping[str, Any], operation: Operation) -> None:
        """Take the last backup; an error here stops the deletion of everything that this stands before."""
        about = f"{args.namespace}/{args.instance}"
        api = self.api
        living = await self._living(api, args)
        if living is None:
            operation.note(f"Cluster {about} is gone already, so there is nothing to back up")
            return
        server = Owned(
            api_version=cluster.KIND.api_version,
            kind=cluster.KIND.kind,
            namespace=str(args.namespace),
            name=str(args.instance),
        )
        if args.resource and ownership.is_anothers(living, {str(args.resource)}):
            taken = [(server, str(ownership.owner_of(living)))]
            raise errors.ClusterError(ownership.not_deleted(taken, str(args.resource)))
        uid = str(living["metadata"]["uid"])
        # A backup counts only where the server has not run since.
        backup = retention.final_backup(living, str(args.owner)) or self._backed_up.get(uid)
        if args.backup and not _released(living) and backup is None:
            backup = await self._back_up(api, args, living, operation)
        if args.keep and uid not in self._retained:
            assert isinstance(args.keep, list)
            everything = [_kept(one) for one in args.keep]
            seconds = duration.seconds(args.keep_for) if isinstance(args.keep_for, str) else None
            await self._keeping(args, operation).keep(living, everything, seconds, backup)
            self._retained.add(uid)
        elif args.deletes and not args.keep:
            operation.tell(f"{about}: the Cluster is being deleted with its volumes")
            await owned_objects.delete(api, [(server, living)], operation)

    async def _take_back(self, args: CleanupGuardArgs, operation: Operation) -> None:
        # Rendering manifests to a folder has no cluster, and so no retained objects.
        with contextlib.suppress(errors.NoCluster):
            living = await self._get(self.api, args)
            if living and retention.owner(living) == args.owner:
                await self._keeping(args, operation).take_back(living)

    async def _get(self, api: KubernetesApi, args: CleanupGuardArgs) -> Mapping[str, Any] | None:
        return await api.get(cluster.KIND, str(args.namespace), str(args.instance))

    async def _living(self, api: KubernetesApi, args: CleanupGuardArgs) -> Mapping[str, Any] | None:
        try:
            return await self._get(api, args)
        except errors.Unreachable as away:
            raise errors.ClusterError(
                f"{args.namespace}/{args.instance} was not deleted, since nothing can guard its data: {away}"
            ) from away

    async def _back_up(
        self, api: KubernetesApi, args: CleanupGuardArgs, living: Mapping[str, Any], operation: Operation
    ) -> str | None:
        """Name of the final Backup; None if there is nothing to back up, or a deletion proceeds without one."""
        if not await live_data.may_be_there(api, str(args.namespace), str(args.instance), living):
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
        about = _last_backup(living)
        try:
            if retention.owner(living) == args.owner and retention.delayed(living) and cluster.hibernates(living):
                # An interrupted deletion hibernates it, and nobody knows any more what had been backed up before.
                living = await self._keeping(args, operation).resume(living)
            operation.note(await taker.take(living, about))
        except errors.ClusterError as failure:
            if args.on_backup_failure != cleanup_inputs.CONTINUE or operation.cancelled.is_set():
                raise errors.ClusterError(cleanup.refusal(args, str(failure))) from failure
            operation.warn(cleanup.warning(args, str(failure)))
            return None
        backup = str(about["name"])
        self._backed_up[str(living["metadata"]["uid"])] = backup
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


def _last_backup(living: Mapping[str, Any]) -> Manifest:
    """It belongs to no Cluster, and so is listed after the deletion too."""
    about = living["metadata"]
    return metadata(
        name=naming.last_backup(str(about["name"]), datetime.datetime.now(datetime.UTC)),
        namespace=about["namespace"],
        labels={**naming.labels(about["name"]), LAST_BACKUP_OF: str(about["uid"])},
    )


def _kept(one: KeptObject) -> Kept:
    return Kept(api_version=str(one.api_version), kind=str(one.kind), name=str(one.name))


def _released(living: Mapping[str, Any]) -> bool:
    """Whether somebody gave the data up by hand, the only way when no program is left."""
    return bool((living["metadata"].get("annotations") or {}).get(cleanup.BACKUP) == "false")
