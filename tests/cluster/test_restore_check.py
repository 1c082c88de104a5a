"""A restore check passes on a good backup, finds each damage and says which, and leaves nothing behind."""

import base64
import contextlib
import dataclasses
import json
import os
import pathlib
import tarfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from testbed.drive import kubernetes, programs, stack, waiting
from testbed.drive import share as nas
from tests.cluster import ledger
from tests.cluster import restore_check_account as account
from tests.cluster.conftest import NewStack

_SHOP = "postgres-shop"
_CHECK = "postgres-shop-restore-check"
_GENERATION = f"{_SHOP}-15-1"
_KINDS = ("cluster", "pod", "job", "secret", "persistentvolumeclaim", "service", "serviceaccount", "role")
_PAGE = 8192
# As the superuser, or with a session that can become it again, the first one gives its owner away.
_TRAPS = """
CREATE FUNCTION steal() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  RESET ROLE; RESET SESSION AUTHORIZATION;
  IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN ALTER ROLE shop SUPERUSER; END IF;
  RETURN (SELECT bool_or(rolsuper) FROM pg_catalog.pg_roles WHERE rolname IN (current_user, 'shop'));
EXCEPTION WHEN OTHERS THEN RETURN true;
END $$;
CREATE FUNCTION format(text, name, name) RETURNS text LANGUAGE sql AS 'SELECT steal()::text';
CREATE FUNCTION differ(name, name) RETURNS boolean LANGUAGE sql AS 'SELECT steal()';
CREATE OPERATOR <> (LEFTARG = name, RIGHTARG = name, FUNCTION = differ);
CREATE VIEW pg_class AS SELECT one.* FROM pg_catalog.pg_class one WHERE steal() IS NOT NULL;
CREATE FUNCTION indexed(integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql
  AS 'BEGIN PERFORM public.steal(); RETURN $1; END';
CREATE TABLE bait AS SELECT id FROM generate_series(1, 100) id;
CREATE INDEX ON bait (indexed(id)) WHERE indexed(id) > 1;
CREATE FUNCTION raising(integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN $1; END';
CREATE TABLE stubborn AS SELECT id FROM generate_series(1, 100) id;
CREATE INDEX ON stubborn (raising(id));
CREATE OR REPLACE FUNCTION raising(integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql
  AS 'BEGIN RAISE EXCEPTION ''never''; END';
CREATE VIEW newest AS SELECT id, steal() AS stolen FROM item;
ALTER DATABASE shop SET search_path = public, pg_catalog;
ALTER DATABASE shop SET role = shop;
ALTER DATABASE shop SET statement_timeout = '8h';
"""
_SECONDS = 420


@dataclasses.dataclass(frozen=True)
class Run:
    """One run: whether its Job succeeded, the data of the ConfigMap afterwards, what the Pod wrote, what was left."""

    succeeded: bool
    result: Mapping[str, str]
    log: str
    left: set[str]
    seen: Any = None


@dataclasses.dataclass(frozen=True)
class Scene:
    """A backed-up database with its check."""

    cluster: kubernetes.Kubernetes
    namespace: str
    generation: nas.Generation
    owned: stack.Stack
    client: kubernetes.Client

    @property
    def server(self) -> kubernetes.Server:
        """The living server."""
        return kubernetes.Server(self.cluster, self.namespace, _SHOP)

    @property
    def result(self) -> dict[str, str]:
        """The data of the ConfigMap."""
        found = self.cluster.get("configmap", _CHECK, self.namespace)
        return dict(found.get("data", {}))

    def start(self, job: str) -> None:
        """Start a check by hand."""
        self.cluster.kubectl("create", "job", job, f"--from=cronjob/{_CHECK}", "--namespace", self.namespace)

    def left(self) -> set[str]:
        """What there is of any throw-away Cluster; the operator's names begin with the Cluster's."""
        kept = {_CHECK, f"{_CHECK}-scripts"}
        names = {f"{kind}/{name}" for kind in _KINDS for name in self.cluster.names(kind, self.namespace)}
        return {name for name in names if name.partition("/")[2].startswith(_CHECK)} - {
            f"{kind}/{name}" for kind in _KINDS for name in kept
        }

    def throwaway(self) -> str:
        """The throw-away Cluster, as soon as it is there."""
        there = waiting.until("the temporary Cluster", lambda: self.cluster.names("cluster", self.namespace) - {_SHOP})
        return there.pop()

    def run(self, job: str, meanwhile: Callable[[], Any] = lambda: None) -> Run:
        """A check from its start to its end."""
        self.start(job)
        seen = meanwhile()
        conditions = waiting.until(f"the end of {job}", lambda: self._end(job), seconds=_SECONDS)
        # A Job that is started by hand is in the CronJob's history as well, so the next one may end it.
        log = self.cluster.try_kubectl("logs", f"job/{job}", "--all-containers", "--namespace", self.namespace).output
        with contextlib.suppress(AssertionError):
            waiting.until("the removal of everything", lambda: not self.left(), seconds=60)
        return Run("Complete" in conditions, self.result, log, self.left(), seen)

    def _end(self, job: str) -> set[str]:
        status = self.cluster.get("job", job, self.namespace).get("status", {})
        found = {one["type"] for one in status.get("conditions", []) if one["status"] == "True"}
        return found & {"Complete", "Failed"}


@pytest.fixture(scope="module")
def scene(
    operator: None, new_stack: NewStack, namespace: str, cluster: kubernetes.Kubernetes, share: nas.Share
) -> Scene:
    owned = new_stack()
    owned.configure("postgres_backup_nfs_path", share.address)
    owned.up(_program(namespace))
    generation = share.generation(f"{namespace}/postgres", _GENERATION)
    made = Scene(cluster, namespace, generation, owned, cluster.start_client(namespace))
    url = str(owned.output("url"))
    rows = "SELECT id, repeat(md5(id::text), 8) AS t FROM generate_series(1, 20000) id"
    # No page shall be written again after the backup: the log would bring back a good one.
    made.client.sql(url, f"CREATE TABLE item WITH (autovacuum_enabled = false) AS {rows}")
    made.client.sql(url, "ALTER TABLE item ADD PRIMARY KEY (id)")
    made.client.sql(url, "VACUUM (FREEZE) item")
    made.client.sql(url, _TRAPS)
    _back_up(made)
    for first in (30000, 40000, 50000):
        made.client.sql(url, f"INSERT INTO item SELECT id, 'later' FROM generate_series({first}, {first} + 9) id")
        ledger.archive(made.server, generation)
    return made


def _program(namespace: str) -> stack.Program:
    check = {
        "type": "tau:postgres:RestoreCheck",
        "properties": {
            "instance": "${shop.instanceName}",
            "namespace": namespace,
            "database": "shop",
            # Long enough for a look at the throw-away Cluster.
            "query": "SELECT pg_sleep(10) FROM newest WHERE id = 50009 AND NOT stolen",
            "timeoutMinutes": 6,
        },
    }
    shop = programs.dedicated(namespace, backup={"compression": "none"})
    outputs = {"url": "${shop.connectionString}", "result": "${check.lastResult}", "message": "${check.lastMessage}"}
    return {"resources": {"shop": shop, "check": check}, "outputs": outputs}


def _back_up(scene: Scene) -> None:
    """A base backup that has the table in it."""
    older = set(waiting.until("the first base backup", scene.generation.backups))
    spec = {
        "cluster": {"name": _SHOP},
        "method": "plugin",
        "pluginConfiguration": {"name": "barman-cloud.cloudnative-pg.io"},
    }
    metadata = {"name": "with-the-table", "namespace": scene.namespace}
    scene.cluster.apply({"apiVersion": "postgresql.cnpg.io/v1", "kind": "Backup", "metadata": metadata, "spec": spec})
    waiting.until("the base backup", lambda: set(scene.generation.backups()) - older)


@contextlib.contextmanager
def _damaged(file: pathlib.Path, damage: Callable[[pathlib.Path], None]) -> Iterator[None]:
    """A file of the archive with a damage, for a while."""
    good, known = file.read_bytes(), file.stat()
    damage(file)
    try:
        yield
    finally:
        with file.open("r+b" if file.exists() else "wb") as content:
            content.write(good)
        os.chown(file, known.st_uid, known.st_gid)
        file.chmod(known.st_mode)


def _flip_page(scene: Scene, archive: pathlib.Path) -> None:
    """Change 16 bytes in the middle of a page of the table."""
    path = scene.server.sql("SELECT pg_relation_filepath('item')", "shop")[0]
    with tarfile.open(archive) as members:
        [member] = [one for one in members.getmembers() if one.name.endswith(path)]
    with archive.open("r+b") as content:
        content.seek(member.offset_data + 100 * _PAGE + _PAGE // 2)
        there = content.read(16)
        content.seek(-16, 1)
        content.write(bytes(byte ^ 0xFF for byte in there))


def _truncate(archive: pathlib.Path) -> None:
    with archive.open("r+b") as content:
        content.truncate(archive.stat().st_size // 2)


@pytest.fixture(scope="module")
def good(scene: Scene) -> Run:
    """A check of a good backup; meanwhile, a neighbour tries to reach the throw-away Cluster."""

    def knock() -> kubernetes.Answer:
        name = scene.throwaway()
        waiting.until(f"the start of {name}", lambda: _serves(scene, name), seconds=_SECONDS)
        url = f"postgresql://postgres@{name}-rw/postgres?sslmode=require"
        return scene.client.try_sql(url, "SELECT 1")

    return scene.run("good", knock)


def _serves(scene: Scene, cluster: str) -> bool:
    return bool(scene.cluster.get("cluster", cluster, scene.namespace).get("status", {}).get("readyInstances"))


@pytest.fixture(scope="module")
def living_before(scene: Scene) -> dict[str, Any]:
    """The living server's Cluster and Pod before the first check."""
    return _living(scene)


def _living(scene: Scene) -> dict[str, Any]:
    found = scene.cluster.get("cluster", _SHOP, scene.namespace)
    pod = scene.cluster.get("pod", found["status"]["currentPrimary"], scene.namespace)
    restarts = [one["restartCount"] for one in pod["status"]["containerStatuses"]]
    return {"generation": found["metadata"]["generation"], "pod": pod["metadata"]["uid"], "restarts": restarts}


def test_the_account_may_create_what_a_run_makes(scene: Scene) -> None:
    made = [account.ordinary(scene.cluster, scene.namespace, _SHOP, _CHECK)]
    made.append(account.secret(f"{_CHECK}-run", "kubernetes.io/basic-auth"))
    for item in made:
        answer = account.create(scene.cluster, scene.namespace, _CHECK, item)
        assert answer.code == 0, answer.output


@pytest.mark.parametrize("way", account.HOSTILE)
def test_the_account_cannot_create_a_cluster_that_reads_another_secret(scene: Scene, way: str) -> None:
    item = account.ordinary(scene.cluster, scene.namespace, _SHOP, _CHECK)
    account.HOSTILE[way](item)
    answer = account.create(scene.cluster, scene.namespace, _CHECK, item)
    assert answer.code != 0
    assert "the Cluster of a RestoreCheck" in answer.output


@pytest.mark.parametrize(
    ("name", "kind"),
    [(f"{_CHECK}-run", "kubernetes.io/service-account-token"), ("another", "kubernetes.io/basic-auth")],
)
def test_the_account_cannot_create_a_token_or_another_secret(scene: Scene, name: str, kind: str) -> None:
    answer = account.create(scene.cluster, scene.namespace, _CHECK, account.secret(name, kind))
    assert answer.code != 0
    assert "the account of a RestoreCheck creates its own Secret only" in answer.output


def test_a_good_backup_passes(living_before: dict[str, Any], good: Run, scene: Scene) -> None:
    assert good.succeeded, good.result
    assert good.result["result"] == "passed"
    newest = scene.generation.backups()[-1]
    assert good.result["message"] == f"backup {newest} of {_GENERATION} was restored and read"
    assert (good.result["backupId"], good.result["serverName"]) == (newest, _GENERATION)
    assert 0 < int(good.result["secondsToRestore"]) < _SECONDS
    assert int(good.result["bytes"]) > 7 * 1024**2


def test_nothing_of_the_owner_runs_as_the_superuser(good: Run) -> None:
    # The query returns a row only where no function of the owner's ever did; see `_TRAPS`.
    assert good.succeeded, good.result


def test_a_function_of_the_owner_that_fails_is_no_damage(good: Run) -> None:
    assert good.succeeded
    assert "the expression of index public.stubborn_raising_idx fails" in good.log


def test_nothing_is_left_of_it(good: Run) -> None:
    assert good.left == set()


def test_the_living_server_was_not_touched(living_before: dict[str, Any], good: Run, scene: Scene) -> None:
    assert _living(scene) == living_before
    folders = {folder.name for folder in scene.generation.folder.parent.iterdir()}
    # The gateway keeps unfinished uploads in a hidden one.
    assert {name for name in folders if not name.startswith(".")} == {_GENERATION}
    assert not list(scene.generation.folder.glob("wals/00000002*"))


def test_nobody_else_reaches_the_throw_away_server(good: Run) -> None:
    assert good.seen.code != 0
    assert "Connection refused" in good.seen.output or "timeout expired" in good.seen.output


def test_the_program_tells_the_last_result_and_does_not_take_it_back(good: Run, scene: Scene) -> None:
    scene.owned.refresh()
    changed = scene.owned.up()
    assert changed.changed == {}
    assert scene.owned.output("result") == "passed"
    assert scene.owned.output("message") == good.result["message"]
    assert scene.result == good.result


def test_a_damaged_page_is_found(good: Run, scene: Scene) -> None:
    archive = scene.generation.folder / "base" / good.result["backupId"] / "data.tar"
    with _damaged(archive, lambda file: _flip_page(scene, file)):
        run = scene.run("page")
    assert not run.succeeded
    assert run.result["result"] == "failed"
    assert "database shop, public.item: invalid page in block 100 of relation" in run.result["message"]
    assert run.left == set()


def test_a_truncated_backup_is_found(good: Run, scene: Scene) -> None:
    archive = scene.generation.folder / "base" / good.result["backupId"] / "data.tar"
    with _damaged(archive, _truncate):
        run = scene.run("truncated")
    assert (run.succeeded, run.result["result"]) == (False, "failed")
    reason = f"backup {good.result['backupId']} of {_GENERATION} cannot be restored: data.tar has "
    assert run.result["message"].startswith(reason)
    assert run.left == set()


def test_a_missing_segment_is_found_and_named(good: Run, scene: Scene) -> None:
    *_, missing, last = sorted(scene.generation.segments())
    [file] = scene.generation.folder.glob(f"wals/*/{missing}*")
    with _damaged(file, pathlib.Path.unlink):
        run = scene.run("missing")
    assert (run.succeeded, run.result["result"]) == (False, "failed")
    assert f"before the end of the archived WAL, {last}: segment {missing} is not there" in run.result["message"]
    assert run.left == set()


@pytest.mark.parametrize("how", [["--grace-period=0", "--force"], []], ids=["killed", "stopped"])
def test_a_check_that_is_ended_in_the_middle_leaves_nothing(scene: Scene, how: list[str]) -> None:
    def end() -> None:
        scene.throwaway()
        selector = ["--selector", f"batch.kubernetes.io/job-name={job}", "--namespace", scene.namespace]
        scene.cluster.kubectl("delete", "pod", *selector, *how)

    job = "killed" if how else "stopped"
    run = scene.run(job, end)
    assert not run.succeeded
    assert run.left == set()
    if not how:
        assert run.result["message"].startswith("stopped from outside, while restoring backup")


def test_a_check_that_a_drain_ends_begins_anew(scene: Scene) -> None:
    def evict() -> None:
        scene.throwaway()
        selector = ["--selector", "batch.kubernetes.io/job-name=drained", "--namespace", scene.namespace]
        pod = scene.cluster.kubectl("get", "pod", *selector, "-o", "jsonpath={.items[0].metadata.name}")
        metadata = {"name": pod, "namespace": scene.namespace}
        eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": metadata}
        path = f"/api/v1/namespaces/{scene.namespace}/pods/{pod}/eviction"
        scene.cluster.kubectl("create", "--raw", path, "-f", "-", stdin=json.dumps(eviction))

    run = scene.run("drained", evict)
    assert run.succeeded, run.result
    assert run.left == set()


def test_nobody_learns_a_key_from_a_check(good: Run, scene: Scene) -> None:
    assert f"passed: {good.result['message']}" in good.log
    keys = scene.cluster.get("secret", f"{_SHOP}-store", scene.namespace)["data"]
    for key in ("ACCESS_KEY_ID", "ACCESS_SECRET_KEY"):
        assert base64.b64decode(keys[key]).decode() not in "\n".join([good.log, *good.result.values()])
