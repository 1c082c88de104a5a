"""Which generations of one name may be of two servers: a restore must not choose between them by itself.

One server after the other writes generations one after the other. Where two were written at the same time, two servers
lived: a fork, where both continue from the same base (a restored server next to its source that came back, in another
Kubernetes cluster), or two of one name in one store.
"""

import datetime
from collections.abc import Iterable, Sequence

from tau.archive import generations as archives
from tau.archive.generations import BaseBackup, Generation, Report
from tau.archive.target import refused
from tau.types.postgres import Restore
from tau.values import timestamp

_STILL_WRITTEN_TO = datetime.timedelta(minutes=30)


def check(generations: Sequence[Generation], fitting: Iterable[BaseBackup], restore: Restore) -> None:
    """Refuse a base backup whose generation was written at the same time as another one, unless the restore names it.

    Raises:
        errors.InvalidInputs: Both generations, and what to write.
    """
    if restore.server_name or restore.backup_id:
        return
    by_name = {generation.server_name: generation for generation in generations}
    wanted = timestamp.parse(str(restore.target_time)) if restore.target_time else None
    for chosen in {backup.server_name: by_name[backup.server_name] for backup in fitting}.values():
        for other in generations:
            since = _both_since(chosen, other)
            if since is not None and (wanted is None or wanted >= since):
                raise _fork(chosen, other, since)


def check_owner(report: Report, fitting: Iterable[BaseBackup], restore: Restore, cluster: str) -> None:
    """Refuse to continue from a generation that a server of another Kubernetes cluster writes to at this time.

    Raises:
        errors.InvalidInputs: The generation, its cluster, and what to write.
    """
    if restore.server_name or not cluster:
        return
    by_name = {candidate.server_name: candidate for candidate in report.generations}
    for generation in {backup.server_name: by_name[backup.server_name] for backup in fitting}.values():
        written = generation.last_archived
        if (
            generation.cluster
            and generation.cluster != cluster
            and written
            and report.now - written < _STILL_WRITTEN_TO
        ):
            raise refused(
                "restore",
                f"{generation.described()} is of another Kubernetes cluster (kube-system has uid "
                f"{generation.cluster} there, {cluster} here), whose server wrote "
                f"to it at {archives.shown(written)}; two servers must not "
                f"continue from the same data. Stop that one, or set `serverName: {generation.server_name}` under "
                "`restore` to start a copy",
            )


def _both_since(generation: Generation, other: Generation) -> datetime.datetime | None:
    """When WAL of both began to arrive; None where one of them had ended before."""
    first, last = (generation.first_archived, other.first_archived), (generation.last_archived, other.last_archived)
    if generation is other or None in first or None in last:
        return None
    begins, ends = max(filter(None, first)), min(filter(None, last))
    return begins if begins < ends else None


def _fork(generation: Generation, other: Generation, since: datetime.datetime) -> Exception:
    names = sorted((generation.server_name, other.server_name))
    servers = {
        backup.system_id for generation in (generation, other) for backup in generation.backups if backup.system_id
    }
    whose = "two servers that continue from the same data" if len(servers) == 1 else "two servers of one name"
    return refused(
        "restore",
        f"{generation.described()} and {other.described()} were written at the same time since "
        f"{archives.shown(since)}, by {whose}; check which of them holds your data, and set "
        f"`serverName: {names[0]}` or `serverName: {names[1]}` under `restore`",
    )
