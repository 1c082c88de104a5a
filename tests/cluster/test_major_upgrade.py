"""A server that is backed up goes from 15 to 17 under a client: backup first, data intact, and back after a failure."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

import pytest

from testbed.drive import kubernetes, programs, share, stack, waiting
from tests.cluster import ledger
from tests.cluster.conftest import NewStack
from tests.cluster.writer import Writer

_SHOP = "postgres-shop"
_STATISTICS = "SELECT count(*) > 0 FROM pg_stats WHERE tablename = 'ledger'"
_LTREE = "SELECT extversion FROM pg_extension WHERE extname = 'ltree'"
_VERSION = "SELECT current_setting('server_version_num')::int / 10000"
# PostgreSQL 16 stores this type in another form, so pg_upgrade refuses it in tables.
_OBSTACLE = "CREATE TABLE obstacle (acl aclitem)"
# What an owner can put in the way of the scripts that the superuser runs in every database.
_TRAPS = """
CREATE FUNCTION steal() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  ALTER ROLE shop SUPERUSER; RETURN true;
EXCEPTION WHEN OTHERS THEN RETURN true;
END $$;
CREATE FUNCTION format(text, name) RETURNS text LANGUAGE sql AS $$SELECT 'SELECT ' || steal()$$;
CREATE FUNCTION format(text, name, name, text, text) RETURNS text LANGUAGE sql AS 'SELECT steal()::text';
CREATE FUNCTION differ(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT steal()';
CREATE OPERATOR <> (LEFTARG = text, RIGHTARG = text, FUNCTION = differ);
CREATE TYPE loot AS (name name);
CREATE FUNCTION as_loot(name) RETURNS loot LANGUAGE sql AS 'SELECT steal(); SELECT ROW($1)::loot';
CREATE FUNCTION as_loot(text) RETURNS loot LANGUAGE sql AS 'SELECT steal(); SELECT ROW($1)::loot';
CREATE CAST (name AS loot) WITH FUNCTION as_loot(name) AS IMPLICIT;
CREATE CAST (text AS loot) WITH FUNCTION as_loot(text) AS IMPLICIT;
CREATE FUNCTION format(text, loot) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE VIEW pg_available_extensions AS
  SELECT 'ltree'::name AS name, '9'::text AS default_version, '1'::text AS installed_version WHERE steal();
CREATE FUNCTION indexed(integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql
  AS 'BEGIN PERFORM public.steal(); RETURN $1; END';
CREATE TABLE bait AS SELECT id FROM generate_series(1, 100) id;
CREATE INDEX ON bait (indexed(id));
CREATE STATISTICS of_bait ON (indexed(id)), id FROM bait;
CREATE FUNCTION raising(integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN $1; END';
CREATE TABLE a_stubborn_one AS SELECT id FROM generate_series(1, 100) id;
CREATE INDEX ON a_stubborn_one (raising(id));
CREATE OR REPLACE FUNCTION raising(integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql
  AS 'BEGIN RAISE EXCEPTION ''never''; END';
ALTER DATABASE shop SET search_path = public, pg_catalog;
"""
_UNSET = """
ALTER DATABASE shop RESET search_path;
DROP TABLE bait, a_stubborn_one;
DROP VIEW pg_available_extensions;
DROP OPERATOR <> (text, text);
DROP TYPE loot CASCADE;
DROP FUNCTION format(text, name), format(text, name, name, text, text), differ, indexed, raising, steal;
"""
_SUPERUSER = "SELECT rolsuper FROM pg_roles WHERE rolname = 'shop'"


@dataclasses.dataclass(frozen=True)
class Scene:
    """The database, its share, and the gateway between the two."""

    cluster: kubernetes.Kubernetes
    namespace: str
    share: share.Share
    owned: stack.Stack
    server: kubernetes.Server

    def up(self, version: str, *flags: str, fails: bool = False, seconds: int | None = None) -> stack.Result:
        """`pulumi up` with this version."""
        shop = programs.dedicated(self.namespace, version=version, extensions=["ltree"])
        if seconds:
            shop["options"] = {"customTimeouts": {"update": f"{seconds}s"}}
        program: stack.Program = {"resources": {"shop": shop}, "outputs": {"url": "${shop.connectionString}"}}
        return self.owned.up(program, *flags, fails=fails)

    def gateway(self, replicas: int) -> None:
        """Let the way to the share be there, or not."""
        name = f"deployment/{_SHOP}-store"
        self.cluster.kubectl("scale", name, f"--replicas={replicas}", "--namespace", self.namespace)
        verb = "--for=condition=Available" if replicas else "--for=jsonpath={.status.replicas}=0"
        if replicas:
            self.cluster.kubectl("wait", verb, name, "--namespace", self.namespace, "--timeout=60s")

    def spec(self) -> Mapping[str, Any]:
        """Spec of the Cluster."""
        return dict(self.cluster.get("cluster", _SHOP, self.namespace)["spec"])

    def generations(self) -> dict[str, list[str]]:
        """The base backups on the share by generation."""
        found = self.share.generations(f"{self.namespace}/postgres")
        return {name: one.backups() for name, one in found.items()}


@dataclasses.dataclass
class Course:
    """What each step reported, and what was seen after it."""

    unsaved: stack.Result
    unsaved_changed_nothing: bool
    refused: stack.Result
    refused_generations: dict[str, list[str]]
    back: stack.Result
    version_back: list[str]
    checksum_back: str
    upgrade: stack.Result
    seen: dict[str, list[str]]
    wait: float
    before: dict[str, list[str]]
    stopped: tuple[str, dict[str, list[str]]]
    after: dict[str, list[str]]
    next_preview: stack.Result
    lost: set[int]
    checksums: tuple[str, str]
    superuser: tuple[list[str], list[str]]


@pytest.fixture(scope="module")
def scene(
    operator: None, namespace: str, share: share.Share, new_stack: NewStack, cluster: kubernetes.Kubernetes
) -> Scene:
    owned = new_stack()
    owned.configure("postgres_backup_nfs_path", share.address)
    scene = Scene(cluster, namespace, share, owned, kubernetes.Server(cluster, namespace, _SHOP))
    scene.up("15")
    waiting.until("the first base backup", lambda: any(scene.generations().values()))
    return scene


@pytest.fixture(scope="module")
def course(scene: Scene) -> Course:
    url = str(scene.owned.output("url"))
    client = scene.cluster.start_client(scene.namespace)
    book, writer = ledger.Ledger(client, url), Writer(client, url)
    book.create()
    written = book.write()
    unsaved = _without_store(scene)
    client.sql(url, _OBSTACLE)
    refused, refused_generations = scene.up("17", fails=True), scene.generations()
    back = scene.up("15")
    version_back, checksum_back = scene.server.sql(_VERSION), book.again().checksum()
    client.sql(url, f"DROP TABLE obstacle; {_TRAPS}")
    before = waiting.until("the backup of the next generation", lambda: _all_begun(scene))
    writer.start()
    unsaved["stopped"] = _stopped_half_way(scene)
    since = writer.mark()
    upgrade, superuser = scene.up("17"), _trapped(scene, client, url)
    seen = {query: scene.server.sql(query, "shop") for query in (_VERSION, _LTREE, _STATISTICS)}
    writer.wait()
    wait = writer.longest_wait(since)
    print(f"from 15 to 17: a client waited {wait:.1f} s")
    after = waiting.until("the first backup of 17", lambda: _all_begun(scene, more_than=len(before)))
    writer.stop()
    return Course(
        **unsaved,
        refused=refused,
        refused_generations=refused_generations,
        back=back,
        version_back=version_back,
        checksum_back=checksum_back,
        upgrade=upgrade,
        seen=seen,
        wait=wait,
        before=before,
        after=after,
        next_preview=scene.owned.preview(),
        lost=writer.lost(),
        checksums=(written, book.checksum()),
        superuser=superuser,
    )


def _trapped(scene: Scene, client: kubernetes.Client, url: str) -> tuple[list[str], list[str]]:
    """Whether the owner is superuser after the upgrade, and whether the traps work on somebody who is careless."""
    upgraded = scene.server.sql(_SUPERUSER)
    scene.server.sql("SELECT format('%s', datname) FROM pg_database", "shop")
    careless = scene.server.sql(_SUPERUSER)
    scene.server.sql("ALTER ROLE shop NOSUPERUSER")
    client.sql(url, _UNSET)
    return upgraded, careless


def _without_store(scene: Scene) -> dict[str, Any]:
    """Try while the share cannot be reached."""
    before = scene.spec()
    scene.gateway(0)
    result = scene.up("17", fails=True, seconds=30)
    untouched = scene.spec() == before and scene.server.sql(_VERSION) == ["15"]
    scene.gateway(1)
    waiting.until("the end of that backup", lambda: _ended(scene))
    return {"unsaved": result, "unsaved_changed_nothing": untouched}


def _stopped_half_way(scene: Scene) -> tuple[str, dict[str, list[str]]]:
    """An `up` that came no further than the decision where to archive; the version and the base backups after it."""
    scene.up("17", "--target", "**:ArchiveGeneration::*")
    return scene.server.sql(_VERSION)[0], scene.generations()


def _ended(scene: Scene) -> bool:
    listed = scene.cluster.kubectl("get", "backups.postgresql.cnpg.io", "--namespace", scene.namespace, "-o", "json")
    phases = {one.get("status", {}).get("phase") for one in json.loads(listed)["items"]}
    return phases <= {"completed", "failed"}


def _all_begun(scene: Scene, more_than: int = 0) -> dict[str, list[str]]:
    """The generations once the newest one has a base backup."""
    found = scene.generations()
    current = scene.spec()["plugins"][0]["parameters"]["serverName"]
    return found if found.get(current) and len(found) > more_than else {}


def test_without_a_backup_nothing_is_upgraded(course: Course) -> None:
    assert "was not upgraded from 15 to 17, and nothing was changed, as the backup before it failed" in (
        course.unsaved.output
    )
    assert course.unsaved_changed_nothing


def test_an_upgrade_that_pg_upgrade_refuses_is_told_in_its_words_with_the_way_back(course: Course) -> None:
    assert "aclitem" in course.refused.output
    assert 'set `version: "15"` again' in course.refused.output


def test_after_a_failed_upgrade_the_old_version_is_taken_back_with_its_rows(course: Course) -> None:
    assert course.version_back == ["15"]
    assert course.checksum_back == course.checksums[0]


def test_the_old_generation_ends_with_a_backup(course: Course) -> None:
    assert len(course.refused_generations[f"{_SHOP}-15-1"]) == 2
    assert set(course.after[f"{_SHOP}-15-2"]) > set(course.before[f"{_SHOP}-15-2"])


def test_an_upgrade_that_was_stopped_after_its_backup_takes_another_one_when_it_goes_on(course: Course) -> None:
    version, generations = course.stopped
    assert version == "15"
    assert len(generations[f"{_SHOP}-15-2"]) == len(course.before[f"{_SHOP}-15-2"]) + 1
    assert len(course.after[f"{_SHOP}-15-2"]) == len(course.before[f"{_SHOP}-15-2"]) + 2


def test_the_new_version_begins_a_generation_with_a_backup_of_its_own(course: Course) -> None:
    (new,) = [name for name in course.after if name not in course.before]
    assert new.startswith(f"{_SHOP}-17-")
    assert course.after[new]


def test_the_new_version_runs_when_up_ends_with_extensions_updated_and_statistics(course: Course) -> None:
    assert course.seen == {_VERSION: ["17"], _LTREE: ["1.3"], _STATISTICS: ["t"]}


def test_a_function_that_raises_costs_its_own_table_statistics_and_is_told(course: Course) -> None:
    warnings = " ".join(text for _, text in course.upgrade.diagnostics("warning"))
    assert "public.a_stubborn_one in database shop (never)" in " ".join(warnings.split())


def test_nothing_of_the_owner_runs_as_the_superuser(course: Course) -> None:
    assert course.superuser == (["f"], ["t"])


def test_nothing_is_left_to_do_afterwards(course: Course) -> None:
    assert course.next_preview.changes
    assert course.next_preview.changed == {}


def test_no_confirmed_row_is_lost_and_none_is_changed(course: Course) -> None:
    assert course.lost == set()
    assert course.checksums[0] == course.checksums[1]
    assert course.wait < 180
