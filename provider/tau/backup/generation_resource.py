"""`tau:postgres:ArchiveGeneration`: decides once what a new server starts from, and where it archives to."""

from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import override

from tau import errors, fields
from tau.archive import choice as archive_choice
from tau.archive import generations as archives
from tau.archive import lineage, observed, observed_origin
from tau.archive.choice import EMPTY, Choice
from tau.archive.reader import ArchiveReader
from tau.backup import before_upgrade
from tau.backup import inputs as backup_inputs
from tau.backup.store_move import StoreMove
from tau.kubernetes.kinds import cluster, object_store
from tau.resource.contract import CustomResource, Difference, Operation
from tau.store import s3
from tau.types.postgres import ArchiveGenerationArgs, Restore, Store
from tau.values import constraints

_IDENTITY = frozenset({"instance", "namespace"})
_MOVED = frozenset({"serverName", "location", "message"})


class ArchiveGeneration(CustomResource[ArchiveGenerationArgs]):
    """Looks into the store when it is created, and when the major version or the store changes.

    Once made, the decision stays until then or until the Cluster is gone, regardless of changes to the other inputs. A
    deletion leaves every archive as it is.
    """

    @override
    def check(self, args: ArchiveGenerationArgs, problems: errors.Problems) -> None:
        """Refuse what an Instance could not see before, as it was not known."""
        constraints.check(problems, "instance", args.instance, constraints.instance_name)
        constraints.check(problems, "namespace", args.namespace, constraints.dns_label)
        constraints.check(problems, "majorVersion", args.major_version, constraints.major_version)
        known = args.on_existing_archive
        if isinstance(known, str) and known not in archive_choice.ON_EXISTING:
            wanted = ", ".join(f"`{choice_name}`" for choice_name in archive_choice.ON_EXISTING)
            problems.add("onExistingArchive", f"{known!r} is not one of {wanted}")
        s3.check("store", args.store, problems)
        if args.restore:
            constraints.check(problems, "restore.targetTime", args.restore.target_time, backup_inputs.target_time)
            if args.restore.store:
                s3.check("restore.store", args.restore.store, problems)

    @override
    def difference(self, changed: frozenset[str], outputs: Mapping[str, Any]) -> Difference:
        """Another Instance has an archive of its own, and another major version another generation."""
        upgraded = frozenset({"serverName", "message"}) if "majorVersion" in changed else frozenset[str]()
        return Difference(replaced=_IDENTITY & changed, expired=upgraded)

    @override
    async def observed(self, args: ArchiveGenerationArgs, outputs: Mapping[str, Any]) -> frozenset[str]:
        """It is decided again where the store is another one, and where the Cluster is gone or yet to be made.

        An upgrade that was decided on, but not begun, needs another backup.
        """
        if not _foreseeable(args):
            return frozenset()
        try:
            live_cluster = await self._cluster(args, args.instance)
            if live_cluster is None:
                return _MOVED | {"recovery"}
            due = frozenset({"message"}) if before_upgrade.is_due(live_cluster, outputs) else frozenset[str]()
            return due | (_MOVED if await self._moved(args, outputs, live_cluster) else frozenset())
        except errors.ClusterError:
            return frozenset()

    @override
    async def create(self, args: ArchiveGenerationArgs, operation: Operation) -> tuple[str, Mapping[str, Any]]:
        """Decide, and refuse a restore that cannot succeed."""
        live_cluster = await self._cluster(args, args.instance)
        use = object_store.archiver(live_cluster) if live_cluster else None
        if live_cluster and use:
            await self._follow(args, use.server_name, {}, live_cluster, operation)
            message = f"{args.instance} archives to {use.server_name} already"
            known = _outputs(use.server_name, observed.recovery(live_cluster), message)
            same = archives.major_of(use.server_name) in (None, args.major_version)
            go_on = self._went_on if same else self._upgraded
            outputs = await go_on(args, known, live_cluster, operation)
        else:
            outputs = await self._decide(args, operation, live_cluster)
        operation.tell(str(outputs["message"]))
        return f"{args.namespace}/{args.instance}", _located(outputs, args)

    @override
    async def update(
        self, args: ArchiveGenerationArgs, outputs: Mapping[str, Any], operation: Operation
    ) -> Mapping[str, Any]:
        """Begin the next generation of another major version, whose WAL does not continue the last one's, or store.

        The last one ends with a base backup before an upgrade, taken by the very `up` that upgrades the server; where
        that fails, nothing is upgraded.
        """
        live_cluster = await self._cluster(args, args.instance)
        if live_cluster is not None:
            await self._follow(args, str(outputs["serverName"]), outputs, live_cluster, operation)
        if live_cluster is None:
            decided = await self._decide(args, operation, None)
        elif archives.major_of(outputs["serverName"]) == args.major_version:
            if before_upgrade.is_due(live_cluster, outputs):
                await before_upgrade.take(self.api, args, live_cluster, operation)
            decided = await self._went_on(args, outputs, live_cluster, operation)
        else:
            decided = await self._upgraded(args, outputs, live_cluster, operation)
        return _located(decided, args)

    async def _upgraded(
        self,
        args: ArchiveGenerationArgs,
        outputs: Mapping[str, Any],
        live_cluster: Mapping[str, Any],
        operation: Operation,
    ) -> Mapping[str, Any]:
        """The decision for a live Cluster that goes to another major version, which is backed up."""
        await before_upgrade.take(self.api, args, live_cluster, operation)
        server_name = await self._next_name(args, outputs, operation)
        message = f"archives to {server_name}, as the version is another than that of {outputs['serverName']}"
        if await self._moved(args, outputs, live_cluster):
            await self._move(args, server_name, live_cluster, operation)
        return _outputs(server_name, outputs["recovery"], message)

    async def _went_on(
        self,
        args: ArchiveGenerationArgs,
        outputs: Mapping[str, Any],
        live_cluster: Mapping[str, Any],
        operation: Operation,
    ) -> Mapping[str, Any]:
        """The decision for a live Cluster, which stays where the store does."""
        if not await self._moved(args, outputs, live_cluster):
            return outputs
        server_name = await self._next_name(args, outputs, operation)
        await self._move(args, server_name, live_cluster, operation)
        message = f"archives to {server_name}, as the store is another than that of {outputs['serverName']}"
        operation.note(f"{args.namespace}/{args.instance} {message}, and starts there with a base backup")
        return _outputs(server_name, outputs["recovery"], message)

    async def _next_name(self, args: ArchiveGenerationArgs, outputs: Mapping[str, Any], operation: Operation) -> str:
        """The next generation, of a number that neither the store nor the last decision has."""
        report = await self._reader(args, operation).report(args.store)
        return await self._claimed(args, report, [str(outputs["serverName"])], operation)

    async def _claimed(
        self, args: ArchiveGenerationArgs, held: archives.Report, above: Sequence[str], operation: Operation
    ) -> str:
        """The next generation, claimed for this Kubernetes cluster where its identity can be read."""
        instance, major = str(args.instance), str(args.major_version)
        cluster_uid = "" if args.restore_only else await self._identity()
        if not cluster_uid:
            return archives.next_name(instance, major, [*held.folders, *above])
        owner = {"cluster": cluster_uid, "namespace": args.namespace, "instance": instance}
        request = {"instance": instance, "majorVersion": major, "above": list(above), "owner": owner}
        return await self._reader(args, operation).claim(args.store, request)

    async def _moved(
        self, args: ArchiveGenerationArgs, outputs: Mapping[str, Any], live_cluster: Mapping[str, Any]
    ) -> bool:
        """Whether the store is another than the recorded one, or where none is, than that of the live Cluster."""
        if outputs.get("location"):
            return bool(outputs["location"] != s3.location(args.store))
        use = object_store.archiver(live_cluster)
        if use is None:
            return False
        namespace = str(args.namespace)
        store_object = await self.api.get(object_store.KIND, namespace, use.object_store)
        return store_object is not None and observed.elsewhere(store_object, args.store)

    async def _follow(
        self,
        args: ArchiveGenerationArgs,
        server_name: str,
        outputs: Mapping[str, Any],
        live_cluster: Mapping[str, Any],
        operation: Operation,
    ) -> None:
        """Let a server whose store stays reach it before anything is asked of the archive."""
        if not await self._moved(args, outputs, live_cluster):
            await self._store_move(args, server_name, operation).follow(live_cluster)

    async def _move(
        self, args: ArchiveGenerationArgs, server_name: str, live_cluster: Mapping[str, Any], operation: Operation
    ) -> None:
        await self._store_move(args, server_name, operation).move(live_cluster)

    def _store_move(self, args: ArchiveGenerationArgs, server_name: str, operation: Operation) -> StoreMove:
        return StoreMove(
            api=self.api,
            namespace=str(args.namespace),
            instance=str(args.instance),
            used=args.store,
            server_name=server_name,
            operation=operation,
        )

    @override
    async def read(self, args: ArchiveGenerationArgs, outputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What was decided, or None if the Cluster is gone, so that it is decided again."""
        live_cluster = await self._cluster(args, args.instance)
        return dict(outputs) if live_cluster else None

    async def _decide(
        self, args: ArchiveGenerationArgs, operation: Operation, live_cluster: Mapping[str, Any] | None
    ) -> Mapping[str, Any]:
        reader = self._reader(args, operation)
        instance, major = str(args.instance), str(args.major_version)
        asked = args.restore or Restore()
        source = str(asked.from_ or instance)
        held = report = await reader.report(args.store, {instance, source}, _text(asked.server_name))
        if live_cluster:
            server_name = await self._claimed(args, report, (), operation)
            return _outputs(server_name, EMPTY, f"{instance} already exists and archives to {server_name} from now on")
        restore = archive_choice.begins(report.of(instance), instance, str(args.on_existing_archive), args.restore)
        if restore is None:
            server_name = await self._claimed(args, report, (), operation)
            return _outputs(server_name, EMPTY, f"begins empty and archives to {server_name}")
        origin = restore.store or args.store
        if origin != args.store:
            report = await reader.report(origin, {source}, _text(restore.server_name))
        candidates = archive_choice.candidates(report, restore, source, major)
        if source == instance:
            cluster_uid = await self._identity()
            lineage.check_owner(report, [candidate.backup for candidate in candidates], restore, cluster_uid)
        choice = await _choice(reader, origin, restore, candidates)
        await self._check_silence(args, restore, choice, source)
        choice = await observed_origin.marked(self.api, origin, choice, instance)
        server_name = await self._claimed(args, held, (), operation)
        return _outputs(server_name, choice.recovery, f"{choice.message}, and archives to {server_name}")

    async def _check_silence(self, args: ArchiveGenerationArgs, restore: Restore, choice: Choice, source: str) -> None:
        """If the WAL ends at the target, a live server may have more that it cannot archive."""
        if not restore.target_time or choice.recovery["targetTime"]:
            return
        live_cluster = await self._cluster(args, source)
        use = object_store.archiver(live_cluster) if live_cluster else None
        if live_cluster and use and use.server_name == choice.recovery["serverName"]:
            archiving = cluster.condition_state(live_cluster, cluster.CONTINUOUS_ARCHIVING)
            if not archiving.ready:
                raise archive_choice.silent(restore, archiving.message)

    async def _cluster(self, args: ArchiveGenerationArgs, name: object) -> Mapping[str, Any] | None:
        return await self.api.get(cluster.KIND, str(args.namespace), str(name))

    async def _identity(self) -> str:
        """What tells this Kubernetes cluster from others; empty for who may not read it."""
        try:
            return await self.api.identity()
        except errors.Unreachable:
            raise
        except errors.ClusterError:
            return ""

    def _reader(self, args: ArchiveGenerationArgs, operation: Operation) -> ArchiveReader:
        return ArchiveReader(
            api=self.api,
            namespace=str(args.namespace),
            name=str(args.instance),
            image=str(args.image),
            operation=operation,
        )


async def _choice(
    reader: ArchiveReader, origin: Store, restore: Restore, candidates: Sequence[archive_choice.Candidate]
) -> Choice:
    """The first candidate from which the target is reached."""
    points: list[str] = []
    for candidate in candidates:
        answer = await reader.search(origin, candidate.question) if candidate.question else None
        choice = archive_choice.conclude(candidate, answer, restore)
        if choice:
            return choice
        points += answer["points"] if answer else []
    raise archive_choice.no_point(candidates, points, restore)


def _foreseeable(args: ArchiveGenerationArgs) -> bool:
    """Whether a preview knows which Cluster it is, and which store."""
    used = args.store if isinstance(args.store, Store) else None
    known = (args.instance, args.namespace, used and used.endpoint, used and used.bucket)
    return all(isinstance(value, str) for value in known) and not fields.contains_deferred([used.prefix, used.location])


def _located(outputs: Mapping[str, Any], args: ArchiveGenerationArgs) -> Mapping[str, Any]:
    return {**outputs, "location": s3.location(args.store)}


def _outputs(server_name: str, recovery: Mapping[str, Any], message: str) -> Mapping[str, Any]:
    return {"serverName": server_name, "recovery": dict(recovery), "message": message}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
