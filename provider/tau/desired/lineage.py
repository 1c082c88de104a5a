"""Which generations of one name may be of two servers: a restore must not choose between them by itself.

One server after the other writes generations one after the other. Where two were written at the same time, two servers
lived: a fork, where both go on from the same base (a restored server beside its source that came back, in another
Kubernetes cluster), or two of one name in one store.
"""

import datetime
from collections.abc import Iterable, Sequence

from tau.desired import archive
from tau.desired.archive import BaseBackup, Generation
from tau.desired.archive_target import refused
from tau.types.postgres import Restore


def check(generations: Sequence[Generation], found: Iterable[BaseBackup], restore: Restore) -> None:
    """Refuse a base backup of a generation that another one was written beside, unless the restore names it.

    Raises:
        errors.InvalidInputs: Both generations, and what to write.
    """
    if restore.server_name or restore.backup_id:
        return
    by_name = {one.server_name: one for one in generations}
    wanted = archive.moment(str(restore.target_time)) if restore.target_time else None
    for chosen in {one.server_name: by_name[one.server_name] for one in found}.values():
        for other in generations:
            since = _both_since(chosen, other)
            if since is not None and (wanted is None or wanted >= since):
                raise _fork(chosen, other, since)


def _both_since(one: Generation, other: Generation) -> datetime.datetime | None:
    """When WAL of both began to arrive; None where one of them had ended before."""
    first, last = (one.first_archived, other.first_archived), (one.last_archived, other.last_archived)
    if one is other or None in first or None in last:
        return None
    begins, ends = max(filter(None, first)), min(filter(None, last))
    return begins if begins < ends else None


def _fork(one: Generation, other: Generation, since: datetime.datetime) -> Exception:
    names = sorted((one.server_name, other.server_name))
    servers = {backup.system_id for generation in (one, other) for backup in generation.backups if backup.system_id}
    whose = "two servers that go on from the same data" if len(servers) == 1 else "two servers of one name"
    return refused(
        "restore",
        f"{one.told()} and {other.told()} were written at the same time since {archive.shown(since)}, by {whose}; "
        f"check which of them holds your data, and set `serverName: {names[0]}` or `serverName: {names[1]}` under "
        "`restore`",
    )
