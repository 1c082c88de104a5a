"""Measures archiving, backup and restore through tau beside the same to a local folder, in one run on the bed.

Prints one Markdown table of medians and ratios. `--all` adds bzip2, which takes many minutes.
"""

import dataclasses
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

from tau.types.postgres import Backup
from tests.cluster import kubernetes, share, stack, waiting
from tools import backup_workload as workload

NAMESPACE, CLUSTER = "bench-backup", "postgres-bench"
VOLUME = "/var/lib/postgresql/data"
LOCAL, RESTORED = f"{VOLUME}/local", f"{VOLUME}/restored"
DEFAULT = str(Backup().compression)
COMPRESSIONS = ["none", "lz4", "snappy", "gzip"]
ROUNDS = 3
# What takes longer than this is not done again.
SLOW_SECONDS = 60
# So long the sidecar goes on with the ObjectStore that it has read.
CACHED_SECONDS = 12
MIB = 2**20


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of the table; both values have the unit."""

    what: str
    measured: float
    reference: float
    against: str
    unit: str = "s"
    target: str = ""

    def __str__(self) -> str:
        values = f"{self.measured:.2f} {self.unit} | {self.reference:.2f} {self.unit}, {self.against}"
        return f"| {self.what} | {values} | {self.measured / self.reference:.2f} | {self.target} |"


@dataclasses.dataclass(frozen=True)
class Bench:
    """A stack with one Instance on one store, and the cluster that it is on."""

    kubernetes: kubernetes.Kubernetes
    owned: stack.Stack
    nas: share.Share
    install_operator: bool

    def up(self, compression: str = DEFAULT, **others: dict[str, Any]) -> float:
        """Bring the Instance up with this compression, and others beside it; in so many seconds."""
        backup = {"store": "${store.store}", "compression": compression}
        # So that pg_basebackup needs no encryption either.
        spec = {"postgresql": {"pg_hba": ["local replication postgres peer map=local"]}}
        own = {
            "store": _resource("BackupStore", nfs={"server": self.nas.server, "path": self.nas.path}),
            "bench": _resource("Instance", backup=backup, clusterSpec=spec),
            **{name: _resource("Instance", **properties) for name, properties in others.items()},
        }
        operator = {"type": "tau:postgres:Operator", "properties": {"install": self.install_operator}}
        outputs = {"serverName": "${bench.serverName}", "store": "${store.store}", "folder": "${store.folder}"}
        program = {"resources": {"operator": operator, **own}, "outputs": outputs}
        return seconds(lambda: self.owned.up(program))

    def sql(self, statement: str, cluster: str = CLUSTER) -> list[str]:
        """The rows that a query returns."""
        return kubernetes.Server(self.kubernetes, NAMESPACE, cluster).sql(statement)

    def inside(self, container: str, *command: str, given: str | None = None) -> str:
        """What a command prints that runs beside PostgreSQL, or in the sidecar."""
        return self.kubernetes.kubectl(*_exec(container), *command, given=given)

    def settle(self) -> None:
        """Nothing is left to write or to archive."""
        self.sql("CHECKPOINT")
        self.sql("SELECT pg_switch_wal()")
        ready = "SELECT name FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'"
        waiting.until("archiving", lambda: not self.sql(ready), seconds=600)

    def back_up(self) -> str:
        """Take a base backup; its ID."""
        name = f"bench-{time.monotonic_ns()}"
        plugin = {"name": "barman-cloud.cloudnative-pg.io"}
        spec = {"cluster": {"name": CLUSTER}, "method": "plugin", "pluginConfiguration": plugin}
        about = {"name": name, "namespace": NAMESPACE}
        self.kubernetes.apply(
            {"apiVersion": "postgresql.cnpg.io/v1", "kind": "Backup", "metadata": about, "spec": spec}
        )
        ended = ["wait", "backup", name, "--namespace", NAMESPACE, "--for=jsonpath={.status.phase}=completed"]
        waiting.until("backup", lambda: not self.kubernetes.try_kubectl(*ended, "--timeout=100s").code, seconds=3600)
        return str(self.kubernetes.get("backup", name, NAMESPACE)["status"]["backupId"])

    def restore(self, backup: str) -> float:
        """Seconds in which a base backup is a data folder again."""
        store, server = self.owned.output("store"), self.owned.output("serverName")
        keys = {"AWS_ACCESS_KEY_ID": store["accessKeyId"], "AWS_SECRET_ACCESS_KEY": store["secretAccessKey"]}
        url = f"s3://{store['bucket']}/{store.get('prefix') or ''}"
        script = workload.RESTORE.format(
            folder=RESTORED, endpoint=store["endpoint"], url=url, server=server, backup=backup, keys=keys
        )
        return float(self.inside("plugin-barman-cloud", "python3", "-", given=script).splitlines()[-1])

    def watch_sidecar(self) -> Callable[[], float]:
        """Ends the watch that it starts, and tells the MiB at the peak."""
        command = ["kubectl", *_exec("plugin-barman-cloud"), "python3", "-c", workload.MEMORY]
        watch = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return lambda: int(watch.communicate()[0]) / 1024

    def bytes_of(self, backup: str) -> int:
        """Size of a base backup on the share."""
        generation = self.nas.generation(self.owned.output("folder"), self.owned.output("serverName"))
        return sum(file.stat().st_size for file in (generation.folder / "base" / backup).rglob("*"))


def _exec(container: str) -> list[str]:
    return ["exec", "-i", "--namespace", NAMESPACE, f"{CLUSTER}-1", "-c", container, "--"]


def _resource(kind: str, **properties: Any) -> dict[str, Any]:
    options = {"dependsOn": ["${operator}"]}
    return {"type": f"tau:postgres:{kind}", "properties": {"namespace": NAMESPACE, **properties}, "options": options}


def seconds(action: Callable[[], object]) -> float:
    """How long an action takes."""
    start = time.monotonic()
    action()
    return time.monotonic() - start


def repeated(measure: Callable[[], float]) -> float:
    """The median of several rounds, or one that takes long."""
    first = measure()
    return first if first > SLOW_SECONDS else statistics.median([first, *(measure() for _ in range(ROUNDS - 1))])


def local(bench: Bench) -> dict[str, float]:
    """Seconds and MiB of the same to a folder of the server's own volume, which nobody waits to be on the disk."""

    def timed(before: str, script: str) -> float:
        bench.inside("postgres", "bash", "-ec", before)
        clock = f"start=$(date +%s%N); {script} >&2; echo $(( $(date +%s%N) - start ))"
        return int(bench.inside("postgres", "bash", "-ec", clock).splitlines()[-1]) / 1e9

    bench.settle()
    empty = f"rm -rf {LOCAL} {RESTORED}; mkdir {LOCAL}"
    newest = f"$(ls -t {VOLUME}/pgdata/pg_wal/0*[0-9A-F] | head -1)"
    back_up = f"pg_basebackup --username=postgres --checkpoint=fast --wal-method=fetch --no-sync --pgdata={LOCAL}"
    found = {
        "segment": repeated(lambda: timed(empty, f"cp {newest} {LOCAL}")),
        "backup": repeated(lambda: timed(empty, back_up)),
        "restore": repeated(lambda: timed(f"rm -rf {RESTORED}", f"cp -a {LOCAL} {RESTORED}")),
        "size": int(bench.inside("postgres", "du", "-sb", LOCAL).split()[0]) / MIB,
    }
    bench.inside("postgres", "rm", "-r", LOCAL, RESTORED)
    return found


def compressed(bench: Bench, compression: str, reference: dict[str, float]) -> tuple[str, list[Row]]:
    """A base backup with this compression, and what was measured on the way."""
    bench.up(compression)
    time.sleep(CACHED_SECONDS)
    bench.settle()
    idle, peak = bench.watch_sidecar()(), bench.watch_sidecar()
    bench.sql(workload.ARCHIVE)
    segment = float(bench.sql("SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FROM archived")[0])
    bench.sql("TRUNCATE more")
    bench.settle()
    taken: list[str] = []
    backup = repeated(lambda: seconds(lambda: taken.append(bench.back_up())))
    most = peak()
    restore = repeated(lambda: bench.restore(taken[-1]))
    size = bench.bytes_of(taken[-1]) / MIB
    return taken[-1], [
        Row(f"segment of the log, {compression}", segment, reference["segment"], "cp", target="1 s at most"),
        Row(f"base backup, {compression}", backup, reference["backup"], "pg_basebackup", target="1.5 at most"),
        Row(f"restore of its files, {compression}", restore, reference["restore"], "cp", target="1.5 at most"),
        Row(f"its size, {compression}", size, reference["size"], "pg_basebackup", "MiB"),
        Row(f"sidecar at its peak, {compression}", most, idle, "idle", "MiB"),
    ]


def report(bench: Bench, compressions: list[str]) -> list[Row]:
    """Everything that is measured."""
    first = bench.up()
    _tell(f"store and Instance are there after {first:.0f} s; making rows")
    for statement in workload.DATA:
        bench.sql(statement)
    reference = local(bench)
    _tell(f"a folder of its own: {reference}")
    rows: list[Row] = []
    backups: dict[str, str] = {}
    for compression in compressions:
        backups[compression], found = compressed(bench, compression, reference)
        rows += found
        _tell("\n".join(map(str, found)))
    return [*rows, *whole(bench, backups[DEFAULT])]


def whole(bench: Bench, backup: str) -> list[Row]:
    """From `pulumi up` to a restored database that answers, and the gateway's memory after all of this."""
    archive = {"backup": {"store": "${store.store}"}}
    empty = bench.up(empty=archive)
    restoring = archive | {"restore": {"from": CLUSTER, "backupId": backup}}
    restored = bench.up(empty=archive, restored=restoring)
    assert int(bench.sql("SELECT count(*) FROM entry", "postgres-restored")[0]) == workload.ROWS
    status = bench.kubernetes.kubectl(
        "exec", "--namespace", NAMESPACE, "deployment/store", "--", "cat", "/proc/1/status"
    )
    peak, now = (int(re.findall(rf"{key}:\s+(\d+) kB", status)[0]) / 1024 for key in ("VmHWM", "VmRSS"))
    return [
        Row(f"pulumi up of a restored Instance, {DEFAULT}", restored, empty, "an empty one"),
        Row("gateway at its peak", peak, now, "at the end", "MiB"),
    ]


def _tell(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)


def main() -> None:
    """Measure in a namespace, a stack and a share of its own, and remove them."""
    compressions = [*COMPRESSIONS, *(["bzip2"] if "--all" in sys.argv[1:] else [])]
    cluster = kubernetes.Kubernetes({})
    installed = "cnpg-controller-manager" in cluster.names("deployment", "cnpg-system")
    nas = share.export(pathlib.Path(os.environ["TAU_BED_NFS"]), f"{NAMESPACE}-{time.time_ns()}")
    cluster.create_namespace(NAMESPACE)
    with tempfile.TemporaryDirectory() as folder:
        owned = stack.Stack(pathlib.Path(folder), os.environ, NAMESPACE)
        try:
            rows = report(Bench(cluster, owned, nas, not installed), compressions)
        finally:
            owned.remove()
            cluster.delete_namespace(NAMESPACE)
            shutil.rmtree(nas.folder)
    print("| measured | through tau | reference | ratio | target |")
    print("| --- | --- | --- | --- | --- |", *rows, sep="\n")


if __name__ == "__main__":
    main()
