"""`tau.database.live_checks`: what a role that is taken over would lose, and who manages it already."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tau import errors
from tau.component import claims
from tau.component.access import Configured
from tau.component.context import Construction
from tau.component.inventory import Inventory
from tau.database import live_checks as database_live_checks
from tau.database import objects as database
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kind import Kind
from tau.settings import Settings
from tau.types.postgres import DatabaseArgs, RoleAttributes

ORDINARY: dict[str, Any] = {
    "login": True,
    "superuser": False,
    "createdb": False,
    "createrole": False,
    "replication": False,
    "bypassrls": False,
    "inherit": True,
    "connectionLimit": -1,
    "comment": "",
    "validUntil": None,
    "inRoles": [],
}
APPLIED = {"applied": True, "observedGeneration": 1}


class Cluster(KubernetesApi):
    """A FAKE of a cluster with the live server `main` in the namespace `apps`."""

    def __init__(self, owner: str | None = None, **roles: Mapping[str, Any]) -> None:
        super().__init__()
        self.server = {"roles": roles or None, "owner": owner}
        self.managed: list[Mapping[str, Any]] = []
        self.objects: dict[str, list[Mapping[str, Any]]] = {"databaseroles": [], "databases": []}
        self.refusal = ""
        self.commands: list[Sequence[str]] = []

    async def get(self, kind: Kind, namespace: str | None, name: str) -> Mapping[str, Any] | None:
        assert (kind.plural, namespace, name) == ("clusters", "apps", "main")
        status = {"currentPrimary": "main-1", "targetPrimary": "main-1"}
        return {"metadata": {"name": name}, "spec": {"managed": {"roles": self.managed}}, "status": status}

    async def items(
        self, kind: Kind, namespace: str | None = None, labels: Mapping[str, str] | None = None
    ) -> list[Mapping[str, Any]]:
        return self.objects[kind.plural]

    async def run(
        self, namespace: str, pod: str, container: str, command: Sequence[str], *, seconds: float = 30.0
    ) -> str:
        self.commands.append(command)
        if self.refusal:
            raise errors.ClusterError(self.refusal)
        return json.dumps(self.server)

    def put(self, plural: str, name: str, managed: str, **status: Any) -> None:
        """Put an object that manages a role or a database of the server `main`."""
        about = {"name": name, "namespace": "apps"}
        spec = {"cluster": {"name": "main"}, "name": managed}
        self.objects[plural].append({"metadata": about, "spec": spec, "status": status})


async def noted(
    cluster: Cluster, *, live: Mapping[str, Any] | None = None, known: claims.Claims | None = None, **inputs: Any
) -> tuple[dict[str, str], list[str]]:
    """Problems by path, and warnings, of a Database `shop` on the server."""
    construction = Construction(
        resource="shop",
        settings=Settings(),
        api=cluster,
        claims=known or claims.Claims(),
        dependencies=(),
        ordered=False,
        provider=None,
        preview=True,
        inventory=Inventory(owner="urn:pulumi:test"),
        configured=Configured(name="cluster", properties={}, stack="urn:pulumi:test"),
    )
    args = DatabaseArgs(**{"instance": "main", "namespace": "apps"} | inputs)
    problems = errors.Problems()
    wanted = database.objects(database.names("shop", args), args, password="", ca_certificate="")
    await database_live_checks.examine(construction, args, wanted, live, problems)
    return {one.path: one.reason for one in problems}, construction.warnings


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("superuser", True),
        ("createdb", True),
        ("createrole", True),
        ("replication", True),
        ("bypassrls", True),
        ("inherit", False),
        ("connectionLimit", 3),
        ("inRoles", ["pg_monitor"]),
        ("comment", "of the shop"),
    ],
)
async def test_what_a_live_role_has_is_asked_for_or_given_up_by_name(attribute: str, value: Any) -> None:
    cluster = Cluster(shop=ORDINARY | {attribute: value})
    problems, _ = await noted(cluster)
    shown = json.dumps(value).replace('["', "[").replace('"]', "]")
    assert f"use `ownerAttributes: {{ {attribute}: {shown} }}` to keep" in problems["ownerAttributes"]
    field = {"connectionLimit": "connection_limit", "inRoles": "in_roles"}.get(attribute, attribute)
    for answer in (value, type(value)() if attribute not in ("inherit", "connectionLimit") else None):
        if answer is not None:
            given = RoleAttributes(**{field: answer})
            assert await noted(cluster, owner_attributes=given) == ({}, [])


async def test_a_new_role_and_an_ordinary_one_lose_nothing() -> None:
    assert await noted(Cluster()) == ({}, [])
    assert await noted(Cluster("shop", shop=ORDINARY)) == ({}, [])


async def test_membership_that_tau_grants_is_not_lost() -> None:
    cluster = Cluster(ann=ORDINARY | {"inRoles": ["shop"]})
    assert await noted(cluster, owner="ann") == ({}, [])


async def test_a_role_that_logs_in_does_not_become_a_group() -> None:
    problems, _ = await noted(Cluster(shop=ORDINARY), owner="ann")
    assert "would lose login" in problems["owner"]
    assert await noted(Cluster(shop=ORDINARY | {"login": False}), owner="ann") == ({}, [])


async def test_a_database_does_not_get_another_owner() -> None:
    problems, _ = await noted(Cluster("bob"), owner="ann")
    assert "'ann' is not the owner 'bob' of the database" in problems["owner"]


async def test_a_role_that_tau_manages_is_as_the_program_says() -> None:
    cluster = Cluster(shop=ORDINARY | {"superuser": True})
    cluster.put("databaseroles", "main-shop", "shop", **APPLIED)
    assert await noted(cluster) == ({}, [])
    cluster.objects["databaseroles"].clear()
    assert await noted(cluster, live={"status": APPLIED}) == ({}, [])
    assert not cluster.commands


async def test_objects_of_others_that_manage_the_same_are_named() -> None:
    cluster = Cluster()
    cluster.put("databaseroles", "mine", "shop", **APPLIED)
    cluster.put("databases", "mine", "shop", **APPLIED)
    cluster.put("databases", "other", "wiki", **APPLIED)
    problems, _ = await noted(cluster)
    assert "DatabaseRole apps/mine" in problems["owner"]
    assert "`databaseReclaimPolicy: retain`" in problems["name"]


async def test_managed_roles_of_a_live_cluster_are_named_with_their_attributes() -> None:
    cluster = Cluster()
    cluster.managed = [{"name": "shop", "login": True, "superuser": True}, {"name": "wiki"}]
    problems, _ = await noted(cluster)
    assert "`managed.roles` of Cluster apps/main" in problems["owner"]
    assert "`ownerAttributes: { superuser: true }`" in problems["owner"]


@pytest.mark.parametrize(("instance", "path"), [("main", "owner"), (None, "clusterSpec")])
async def test_managed_roles_of_the_program_are_refused_before_there_is_a_server(
    instance: str | None, path: str
) -> None:
    known = claims.Claims()
    name = instance or "postgres-shop"
    known.manage({"namespace": "apps", "name": name}, ["shop"])
    live = {"status": APPLIED}
    problems, _ = await noted(Cluster(), live=live, known=known, instance=instance)
    assert f"`clusterSpec.managed.roles` of the Instance {name!r}" in problems[path]


async def test_managed_roles_that_the_program_takes_out_are_left_to_it() -> None:
    known, cluster = claims.Claims(), Cluster(shop=ORDINARY)
    known.manage({"namespace": "apps", "name": "main"}, [])
    cluster.managed = [{"name": "shop", "login": True}]
    assert await noted(cluster, known=known) == ({}, [])


async def test_a_server_that_cannot_be_asked_is_a_warning() -> None:
    cluster = Cluster(shop=ORDINARY | {"superuser": True})
    cluster.refusal = "pods/exec is forbidden"
    problems, (warning,) = await noted(cluster)
    assert not problems
    assert "could not be asked for shop" in warning
    assert "pods/exec is forbidden" in warning


async def test_the_end_of_a_password_is_a_warning() -> None:
    cluster = Cluster(shop=ORDINARY | {"validUntil": "2027-01-01T00:00:00+00:00"})
    problems, (warning,) = await noted(cluster)
    assert not problems
    assert "2027-01-01" in warning
