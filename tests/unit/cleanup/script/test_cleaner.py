"""`tau.cleanup.script.cleaner`: what is kept goes when its time is over, in an order in which nothing is left
behind."""

import copy
import datetime
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tau.cleanup.script import cleaner
from tau.resource.script import kubernetes as api

OWNER = "garden/dev/shop"
END = datetime.datetime(2026, 12, 1, tzinfo=datetime.UTC)
LATER = END + datetime.timedelta(hours=1)
OBJECTS = [
    ["postgresql.cnpg.io/v1", "Cluster", "clusters", "postgres-shop"],
    ["postgresql.cnpg.io/v1", "Database", "databases", "postgres-shop-shop"],
    ["barmancloud.cnpg.io/v1", "ObjectStore", "objectstores", "postgres-shop"],
    ["v1", "Secret", "secrets", "postgres-shop-shop-connection"],
]
GIVEN = {"cleaner": "postgres-shop-cleaner", "owner": OWNER, "until": END.isoformat(), "objects": OBJECTS}
SERVER = "postgres-shop"


class Kubernetes:
    """A FAKE of the API of one namespace; what is `stuck` is deleted and does not go."""

    def __init__(self) -> None:
        self.stuck: set[str] = set()
        self.refused: set[str] = set()
        self.before_deletion: Callable[[str], None] = lambda plural: None
        self.deleted: list[str] = []
        self.objects: dict[tuple[api.Kind, str], dict[str, Any]] = {}
        for version, _, plural, name in OBJECTS:
            group = "api" if version == "v1" else "apis"
            self.objects[(f"{group}/{version}", plural), name] = self._object(name, plural)
        self.objects[("apis/batch/v1", "cronjobs"), "postgres-shop-cleaner"] = self._object("cleaner", "cronjobs")
        self.server["annotations"] |= {"cnpg.io/hibernation": "on", "tau/keep-until": END.isoformat()}

    def _object(self, name: str, plural: str) -> dict[str, Any]:
        about = {"name": name, "uid": f"{plural}/{name}", "resourceVersion": "1"}
        return {"metadata": about | {"annotations": {"tau/kept-for": OWNER}}}

    @property
    def server(self) -> Any:
        """Metadata of the Cluster."""
        return self.objects[("apis/postgresql.cnpg.io/v1", "clusters"), SERVER]["metadata"]

    def wake(self) -> None:
        """Wake the Cluster up, as whoever takes it back does first."""
        self.server["resourceVersion"] = "2"
        del self.server["annotations"]["cnpg.io/hibernation"]

    @property
    def left(self) -> list[str]:
        """What is there, by plural."""
        return [kind[1] for kind, _ in self.objects]

    def get(self, kind: api.Kind, name: str) -> Mapping[str, Any] | None:
        return copy.deepcopy(self.objects.get((kind, name)))

    def delete_unchanged(self, kind: api.Kind, living: Mapping[str, Any]) -> None:
        self.before_deletion(kind[1])
        name = living["metadata"]["name"]
        if self.objects[kind, name]["metadata"]["resourceVersion"] != living["metadata"]["resourceVersion"]:
            raise api.Refused(409, f"{name} was changed")
        self.delete(kind, name, living["metadata"]["uid"])

    def delete(self, kind: api.Kind, name: str, uid: str) -> None:
        if kind[1] in self.refused:
            raise api.Refused(403, f"{kind[1]} is forbidden")
        assert self.objects[kind, name]["metadata"]["uid"] == uid
        self.deleted.append(kind[1])
        if kind[1] not in self.stuck:
            del self.objects[kind, name]


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for long."""
    monkeypatch.setattr(cleaner, "_SECONDS_TO_GO", 0.1)
    monkeypatch.setattr(cleaner, "_SECONDS_BETWEEN", 0)


def test_the_server_goes_first_and_the_cleaner_last() -> None:
    kubernetes = Kubernetes()
    assert cleaner.main(GIVEN, kubernetes, LATER) == 0
    assert kubernetes.deleted == ["clusters", "databases", "objectstores", "secrets", "cronjobs"]


def test_nothing_goes_before_the_time() -> None:
    kubernetes = Kubernetes()
    assert cleaner.main(GIVEN, kubernetes, END - datetime.timedelta(seconds=1)) == 0
    assert kubernetes.deleted == []


@pytest.mark.parametrize(
    ("until", "gone"),
    [
        ("2026-12-01T00:30:00", True),
        ("2026-12-01T01:30:00", False),
        ("2026-12-01", True),
        ("2026-12-02", False),
        ("2026-12-01T00:30:00-02:00", False),
    ],
)
def test_a_timestamp_that_a_person_wrote_without_a_time_zone_is_in_utc(until: str, gone: bool) -> None:
    kubernetes = Kubernetes()
    kubernetes.server["annotations"]["tau/keep-until"] = until
    assert cleaner.main(GIVEN, kubernetes, LATER) == 0
    assert bool(kubernetes.deleted) is gone


@pytest.mark.parametrize("until", ["next week", "2026-13-01", "1764547200", "2026-12-01T25:00:00Z", " "])
def test_a_timestamp_that_cannot_be_read_deletes_nothing(until: str, capsys: pytest.CaptureFixture[str]) -> None:
    kubernetes = Kubernetes()
    kubernetes.server["annotations"]["tau/keep-until"] = until
    assert cleaner.main(GIVEN, kubernetes, LATER) == 1
    assert kubernetes.deleted == []
    told = capsys.readouterr().out
    assert f"annotation tau/keep-until of the Cluster is {until!r}, which is not a timestamp" in told
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"tau/keep-until": (END + datetime.timedelta(days=7)).isoformat()},
        {"cnpg.io/hibernation": "off"},
        {"tau/kept-for": "garden/dev/other"},
        {"tau/kept-for": None},
    ],
    ids=["kept longer", "awake", "another's", "taken back"],
)
def test_what_somebody_wants_stays(changed: Mapping[str, Any]) -> None:
    kubernetes = Kubernetes()
    kubernetes.server["annotations"] |= changed
    assert cleaner.main(GIVEN, kubernetes, LATER) == 0
    assert kubernetes.deleted == []


@pytest.mark.parametrize("number", range(len(OBJECTS)))
@pytest.mark.parametrize("ailment", ["stuck", "refused"])
def test_nothing_goes_after_what_does_not_go(number: int, ailment: str, capsys: pytest.CaptureFixture[str]) -> None:
    kubernetes = Kubernetes()
    plural = OBJECTS[number][2]
    getattr(kubernetes, ailment).add(plural)
    assert cleaner.main(GIVEN, kubernetes, LATER) == 1
    assert kubernetes.left == [one[2] for one in OBJECTS[number:]] + ["cronjobs"]
    assert "nothing more is deleted today" in capsys.readouterr().out
    getattr(kubernetes, ailment).clear()
    assert cleaner.main(GIVEN, kubernetes, LATER) == 0
    assert kubernetes.left == []


def test_an_object_that_is_not_kept_any_more_stays() -> None:
    kubernetes = Kubernetes()
    kubernetes.objects[("api/v1", "secrets"), "postgres-shop-shop-connection"]["metadata"]["annotations"] = {}
    assert cleaner.main(GIVEN, kubernetes, LATER) == 1
    assert kubernetes.left == ["secrets", "cronjobs"]


def test_a_server_that_is_woken_up_between_two_looks_stays() -> None:
    kubernetes = Kubernetes()
    look, looks = kubernetes.get, iter([False, True])

    def get(kind: api.Kind, name: str) -> Mapping[str, Any] | None:
        if next(looks):
            kubernetes.wake()
        return look(kind, name)

    kubernetes.get = get  # type: ignore[method-assign]
    assert cleaner.main(GIVEN, kubernetes, LATER) == 1
    assert kubernetes.deleted == []


def test_a_server_that_is_woken_up_between_look_and_deletion_stays() -> None:
    kubernetes = Kubernetes()
    kubernetes.before_deletion = lambda _: kubernetes.wake()
    assert cleaner.main(GIVEN, kubernetes, LATER) == 1
    assert kubernetes.deleted == []


def test_what_the_operator_changes_at_the_very_moment_is_looked_at_again() -> None:
    kubernetes = Kubernetes()
    database = kubernetes.objects[("apis/postgresql.cnpg.io/v1", "databases"), "postgres-shop-shop"]["metadata"]
    versions = iter(["2", "2"])

    def change(plural: str) -> None:
        if plural == "databases":
            database["resourceVersion"] = next(versions)

    kubernetes.before_deletion = change
    assert cleaner.main(GIVEN, kubernetes, LATER) == 0
    assert kubernetes.left == []


def test_what_a_server_made_anew_may_use_stays() -> None:
    kubernetes = Kubernetes()
    anew = kubernetes.objects[("apis/postgresql.cnpg.io/v1", "clusters"), SERVER]

    def make_again(plural: str) -> None:
        if plural == "databases":
            kubernetes.objects[("apis/postgresql.cnpg.io/v1", "clusters"), SERVER] = anew

    kubernetes.before_deletion = make_again
    assert cleaner.main(GIVEN, kubernetes, LATER) == 1
    assert kubernetes.left == ["objectstores", "secrets", "cronjobs", "clusters"]


def test_the_rest_goes_where_the_server_is_gone_already() -> None:
    kubernetes = Kubernetes()
    del kubernetes.objects[("apis/postgresql.cnpg.io/v1", "clusters"), SERVER]
    assert cleaner.main(GIVEN, kubernetes, LATER) == 0
    assert kubernetes.left == []
