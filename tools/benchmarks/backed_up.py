"""An Instance whose backups are measured, and what is done to it."""

import dataclasses
import subprocess
import time
from collections.abc import Callable
from typing import Any

from testbed.drive import kubernetes, programs, share, stack, waiting
from tools.benchmarks import backup_workload as workload

NAMESPACE, CLUSTER = "bench-backup", "postgres-bench"
VOLUME = "/var/lib/postgresql/data"
LOCAL, RESTORED = f"{VOLUME}/local", f"{VOLUME}/restored"
DEFAULT = "snappy"
"""What tau compresses backups with unless it is told otherwise."""


@dataclasses.dataclass(frozen=True)
class BackedUp:
    """A stack with one Instance on one store, and the cluster that it is on."""

    kubernetes: kubernetes.Kubernetes
    owned: stack.Stack
    nas: share.Share

    def up(self, compression: str = DEFAULT, **others: dict[str, Any]) -> float:
        """Bring the Instance up with this compression, and others with it; returns the seconds."""
        backup = {"store": "${store.store}", "compression": compression}
        # So that pg_basebackup needs no encryption either.
        spec = {"postgresql": {"pg_hba": ["local replication postgres peer map=local"]}}
        own = {
            "store": _resource("BackupStore", nfs={"server": self.nas.server, "path": self.nas.path}),
            "bench": _resource("Instance", backup=backup, clusterSpec=spec, cleanup=programs.THROWN_AWAY),
            **{name: _resource("Instance", **properties) for name, properties in others.items()},
        }
        operator = {"type": "tau:postgres:Operator"}
        outputs = {"serverName": "${bench.serverName}", "store": "${store.store}", "folder": "${store.folder}"}
        program = {"resources": {"operator": operator, **own}, "outputs": outputs}
        return seconds(lambda: self.owned.up(program))

    def sql(self, statement: str, cluster: str = CLUSTER) -> list[str]:
        """The rows that a query returns."""
        return kubernetes.Server(self.kubernetes, NAMESPACE, cluster).sql(statement)

    def inside(self, container: str, *command: str, stdin: str | None = None) -> str:
        """What a command prints that runs in PostgreSQL's container, or in the sidecar."""
        return self.kubernetes.kubectl(*_exec(container), *command, stdin=stdin)

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
        metadata = {"name": name, "namespace": NAMESPACE}
        self.kubernetes.apply(
            {"apiVersion": "postgresql.cnpg.io/v1", "kind": "Backup", "metadata": metadata, "spec": spec}
        )
        ended = ["wait", "backup", name, "--namespace", NAMESPACE, "--for=jsonpath={.status.phase}=completed"]
        waiting.until("backup", lambda: not self.kubernetes.try_kubectl(*ended, "--timeout=100s").code, seconds=3600)
        return str(self.kubernetes.get("backup", name, NAMESPACE)["status"]["backupId"])

    def restore(self, backup: str) -> float:
        """Seconds in which a base backup is a data folder again."""
        store, server = self.owned.output("store"), self.owned.output("serverName")
        keys = {"AWS_ACCESS_KEY_ID": store["accessKeyId"], "AWS_SECRET_ACCESS_KEY": store["secretAccessKey"]}
        keys["AWS_CA_BUNDLE"] = f"/barman-certificates/{CLUSTER}/barman-ca.crt"
        url = f"s3://{store['bucket']}/{store.get('prefix') or ''}"
        script = workload.RESTORE.format(
            folder=RESTORED, endpoint=store["endpoint"], url=url, server=server, backup=backup, keys=keys
        )
        return float(self.inside("plugin-barman-cloud", "python3", "-", stdin=script).splitlines()[-1])

    def watch_sidecar(self) -> Callable[[], float]:
        """Ends the watch that it starts, and tells the MiB at the peak."""
        command = ["kubectl", *_exec("plugin-barman-cloud"), "python3", "-c", workload.MEMORY]
        environment = self.kubernetes.variables()
        watch = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
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
