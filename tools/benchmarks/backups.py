"""Archiving, base backup and restore through tau, compared with the same to a folder of the server's own volume."""

import pathlib
import re
import shutil
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from testbed.drive import programs, share
from tools.benchmarks import backed_up
from tools.benchmarks import backup_workload as workload
from tools.benchmarks.amounts import Amounts
from tools.benchmarks.backed_up import LOCAL, RESTORED, BackedUp, seconds
from tools.benchmarks.owned_bed import running
from tools.benchmarks.report import Row

ROUNDS = 3
# What takes longer than this is not done again.
SLOW_SECONDS = 60
# So long the sidecar uses the ObjectStore that it has read.
CACHED_SECONDS = 12
MIB = 2**20


def measure(amounts: Amounts, tell: Callable[[str], None]) -> tuple[list[Row], list[str]]:
    """Everything about backups, on a bed and a share of its own."""
    with running() as bed:
        nas = share.export(pathlib.Path(bed.environment["TAU_BED_NFS"]), f"{backed_up.NAMESPACE}-{time.time_ns()}")
        bed.cluster.create_namespace(backed_up.NAMESPACE)
        owned = bed.stack()
        try:
            return report(BackedUp(bed.cluster, owned, nas), amounts.compressions, tell), []
        finally:
            owned.remove()
            bed.cluster.delete_namespace(backed_up.NAMESPACE)
            shutil.rmtree(nas.folder)


def repeated(measure: Callable[[], float]) -> float:
    """The median of several rounds, or one that takes long."""
    first = measure()
    return first if first > SLOW_SECONDS else statistics.median([first, *(measure() for _ in range(ROUNDS - 1))])


def base_backups(bench: BackedUp) -> tuple[str, float]:
    """The last of several base backups through the gateway, and what one takes."""
    taken: list[str] = []
    took = repeated(lambda: seconds(lambda: taken.append(bench.back_up())))
    return taken[-1], took


def local(bench: BackedUp) -> dict[str, float]:
    """Seconds and MiB of the same to a folder of the server's own volume."""

    def timed(before: str, script: str) -> float:
        bench.inside("postgres", "bash", "-ec", before)
        clock = f"start=$(date +%s%N); {script} >&2; echo $(( $(date +%s%N) - start ))"
        return int(bench.inside("postgres", "bash", "-ec", clock).splitlines()[-1]) / 1e9

    bench.settle()
    empty = f"rm -rf {LOCAL} {RESTORED}; mkdir {LOCAL}"
    back_up = f"pg_basebackup --username=postgres --checkpoint=fast --wal-method=fetch --pgdata={LOCAL}"
    values = {
        "backup": repeated(lambda: timed(empty, back_up)),
        "restore": repeated(lambda: timed(f"rm -rf {RESTORED}", f"cp -a {LOCAL} {RESTORED}")),
        "size": int(bench.inside("postgres", "du", "-sb", LOCAL).split()[0]) / MIB,
    }
    bench.inside("postgres", "rm", "-r", LOCAL, RESTORED)
    return values


def compared(
    how: str, ours: Mapping[str, float], theirs: Mapping[str, float], *, target: float | None = None
) -> list[Row]:
    """Seconds of a base backup and of a restore, and those of `local`."""
    return [
        Row(f"base backup, {how}", ours["backup"], theirs["backup"], "pg_basebackup to a folder", target=target),
        Row(f"restore of its files, {how}", ours["restore"], theirs["restore"], "cp from a folder", target=target),
    ]


def compressed(
    bench: BackedUp, compression: str, reference: Mapping[str, float], empty: Sequence[Mapping[str, float]]
) -> tuple[str, list[Row]]:
    """A base backup with this compression, and what was measured on the way."""
    bench.up(compression)
    time.sleep(CACHED_SECONDS)
    bench.settle()
    idle, peak = bench.watch_sidecar()(), bench.watch_sidecar()
    bench.sql(workload.ARCHIVE)
    segment = float(bench.sql("SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FROM archived")[0])
    bench.sql("TRUNCATE more")
    bench.settle()
    taken, backup = base_backups(bench)
    most = peak()
    ours = {"backup": backup, "restore": repeated(lambda: bench.restore(taken))}
    size = bench.bytes_of(taken) / MIB
    # What users get unless they choose.
    default = compression == backed_up.DEFAULT
    return taken, [
        Row(f"archiving a WAL segment, {compression}", segment, 1.0, "what it may take", target=1.0),
        *compared(compression, ours, reference, target=1.5 if default else None),
        Row(f"size of a base backup, {compression}", size, reference["size"], "pg_basebackup", "MiB"),
        Row(f"sidecar at its peak, {compression}", most, idle, "idle", "MiB"),
        *(compared(f"{compression}, for the rows alone", *beyond((ours, reference), empty)) if default else []),
    ]


def without_rows(bench: BackedUp) -> list[dict[str, float]]:
    """What a base backup and a restore take where there is next to nothing: through the gateway, and by `local`."""
    bench.settle()
    taken, backup = base_backups(bench)
    return [{"backup": backup, "restore": repeated(lambda: bench.restore(taken))}, local(bench)]


def beyond(measured: Sequence[Mapping[str, float]], empty: Sequence[Mapping[str, float]]) -> Iterator[dict[str, float]]:
    """What is for the rows alone of what was measured: without starts of Python, checkpoint and waits."""
    for all_of_it, without in zip(measured, empty, strict=True):
        yield {key: all_of_it[key] - without[key] for key in ("backup", "restore")}


def report(bench: BackedUp, compressions: Sequence[str], tell: Callable[[str], None]) -> list[Row]:
    """Everything that is measured."""
    # Once for the images, which the machine may not have yet.
    bench.up()
    empty = without_rows(bench)
    tell(f"without rows, through the gateway and to a folder of its own: {empty}")
    for statement in workload.DATA:
        bench.sql(statement)
    reference = local(bench)
    tell(f"a folder of its own: {reference}")
    rows: list[Row] = []
    backups: dict[str, str] = {}
    for compression in compressions:
        backups[compression], measured = compressed(bench, compression, reference, empty)
        rows += measured
        tell("\n".join(map(str, measured)))
    return [*rows, *of_all_wal(bench, backups[backed_up.DEFAULT])]


def of_all_wal(bench: BackedUp, backup: str) -> list[Row]:
    """From `pulumi up` to a restored database that answers, and the gateway's memory after all of this."""
    archive = {"backup": {"store": "${store.store}"}, "cleanup": programs.THROWN_AWAY}
    empty = bench.up(empty=archive)
    restoring = archive | {"restore": {"from": backed_up.CLUSTER, "backupId": backup}}
    restored = bench.up(empty=archive, restored=restoring)
    assert int(bench.sql("SELECT count(*) FROM entry", "postgres-restored")[0]) == workload.ROWS
    status = bench.kubernetes.kubectl(
        "exec", "--namespace", backed_up.NAMESPACE, "deployment/store", "--", "cat", "/proc/1/status"
    )
    peak, now = (int(re.findall(rf"{key}:\s+(\d+) kB", status)[0]) / 1024 for key in ("VmHWM", "VmRSS"))
    return [
        Row(f"up of a restored Instance, {backed_up.DEFAULT}", restored, empty, "an empty one"),
        Row("gateway at its peak", peak, now, "at the end", "MiB"),
    ]
