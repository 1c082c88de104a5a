"""What a live server and its objects have against the role that a Database is about to manage.

A role that tau manages already is as the program says. One that is taken over would lose every attribute and membership
that the program does not ask for, and two objects cannot manage one role. Asked in previews too; see
`component/live_checks`.
"""

import asyncio
import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tau import errors
from tau.component import live_checks as component_live_checks
from tau.component.context import Construction
from tau.database import live_roles, role_attributes
from tau.database import objects as database
from tau.kubernetes import state
from tau.kubernetes.kinds import cluster, database_role
from tau.kubernetes.kinds import database as database_kind
from tau.kubernetes.manifest import Manifest
from tau.types.postgres import DatabaseArgs


async def examine(
    construction: Construction,
    args: DatabaseArgs,
    wanted: database.DatabaseObjects,
    live_database: Mapping[str, Any] | None,
    problems: errors.Problems,
) -> None:
    """Note who manages the roles already, and what roles of the live server would lose."""
    metadata, spec = wanted.database["metadata"], wanted.database["spec"]
    names = (metadata["namespace"], spec["cluster"]["name"], spec["name"], spec["owner"])
    if not all(isinstance(name, str) for name in names):
        return
    examination = _Examination(construction, args, wanted, problems)
    examination.check_program()
    if not live_database or not state.was_applied(live_database):
        with contextlib.suppress(errors.ClusterError):
            await examination.check_cluster()


@dataclass(frozen=True)
class _Live:
    """A Cluster, and what manages roles and databases in it."""

    cluster: Mapping[str, Any] | None
    roles: list[Mapping[str, Any]]
    databases: list[Mapping[str, Any]]


class _Examination:
    """The examination of one Database whose names are known."""

    def __init__(
        self,
        construction: Construction,
        args: DatabaseArgs,
        wanted: database.DatabaseObjects,
        problems: errors.Problems,
    ) -> None:
        self.construction, self.args, self.wanted, self.problems = construction, args, wanted, problems
        self.roles = [role for role in (wanted.role, wanted.access, wanted.second_role) if role]
        self.namespace: str = wanted.database["metadata"]["namespace"]
        self.instance: str = wanted.database["spec"]["cluster"]["name"]

    @property
    def _managed(self) -> frozenset[str] | None:
        """The roles that the program lets the Cluster manage, None where it does not make the Cluster."""
        return self.construction.claims.managed(self.namespace, self.instance)

    def check_program(self) -> None:
        """CloudNativePG refuses a DatabaseRole for a role of `managed.roles`, but only once the server runs."""
        path = "owner" if self.args.instance else "clusterSpec"
        for role in self.roles:
            if _name(role) in (self._managed or ()):
                where = f"`clusterSpec.managed.roles` of the Instance {self.instance!r}"
                self.problems.add(path, _managed_twice(role, where))

    async def check_cluster(self) -> None:
        """Look at everything that is there."""
        live = await self._look()
        for role in self.roles:
            self._check_manager(role, live.roles, "owner", "databaseRoleReclaimPolicy")
        self._check_manager(self.wanted.database, live.databases, "name", "databaseReclaimPolicy")
        if live.cluster and self._managed is None:
            self._check_managed_roles(live.cluster)
        if live.cluster and cluster.primary(live.cluster):
            applied = {role["metadata"]["name"] for role in live.roles if state.was_applied(role)}
            await self._check_server([role for role in self.roles if role["metadata"]["name"] not in applied])

    async def _look(self) -> _Live:
        api = self.construction.api
        clusters, roles, databases = await asyncio.gather(
            api.get(cluster.KIND, self.namespace, self.instance),
            api.items(database_role.KIND, self.namespace),
            api.items(database_kind.KIND, self.namespace),
        )
        return _Live(clusters, self._here(roles), self._here(databases))

    def _here(self, items: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        return [item for item in items if item["spec"].get("cluster", {}).get("name") == self.instance]

    def _check_manager(self, role: Manifest, live: Iterable[Mapping[str, Any]], path: str, policy: str) -> None:
        """CloudNativePG lets one object manage a role or a database, the first one."""
        for other in live:
            metadata = other["metadata"]
            if (
                _name(other) != _name(role)
                or metadata["name"] == role["metadata"]["name"]
                or "deletionTimestamp" in metadata
            ):
                continue
            self.problems.add(
                path,
                f"{_name(role)!r} is managed by {role['kind']} {metadata['namespace']}/{metadata['name']} already; "
                f"set its `{policy}: retain` and remove it first, the server keeps what it has",
            )

    def _check_managed_roles(self, live: Mapping[str, Any]) -> None:
        managed = cluster.managed_roles(live["spec"])
        for role in self.roles:
            entry = managed.get(_name(role))
            if entry is None:
                continue
            missing = self._missing(role, role_attributes.of_spec(entry))
            keep = f", and use `{role_attributes.written(missing)}` here to keep its attributes" if missing else ""
            where = f"`managed.roles` of Cluster {self.namespace}/{self.instance}"
            self.problems.add("owner", _managed_twice(role, where) + keep)

    async def _check_server(self, new: list[Manifest]) -> None:
        """Compare the roles that tau does not manage yet with those in the server."""
        names, spec = [_name(role) for role in new], self.wanted.database["spec"]
        if not names:
            return
        try:
            live = await live_roles.read(self.construction.api, self.namespace, self.instance, names, spec["name"])
        except errors.ClusterError as failure:
            self.construction.warnings.append(
                f"the server of Cluster {self.namespace}/{self.instance} could not be asked for {', '.join(names)}; a "
                f"role that exists there loses what `ownerAttributes` does not set: {failure}"
            )
            return
        component_live_checks.another_owner(spec["owner"], live.database_owner, self.problems)
        for role in new:
            if _name(role) in live.roles:
                self._check_role(role, live.roles[_name(role)])

    def _check_role(self, role: Manifest, live: Mapping[str, Any]) -> None:
        name, missing = _name(role), self._missing(role, live)
        if role is self.wanted.role and missing:
            self.problems.add(
                "ownerAttributes",
                f"{name!r} is a role of the live server, with attributes that this program does not set; use "
                f"`{role_attributes.written(missing)}` to keep them, or `{role_attributes.without(missing)}` to remove "
                "them",
            )
        elif role is self.wanted.access and (missing or live["login"]):
            has = ", ".join([*(["login"] if live["login"] else []), *missing])
            self.problems.add(
                "owner",
                f"{name!r} is a role of the live server, and would lose {has}: with another owner than {name!r} tau "
                "makes it a group that lets the owner in; set `owner` to it, or remove these attributes from it first",
            )
        if live["validUntil"] and role is self.wanted.role:
            until = f"the password of role {name!r} is valid until {live['validUntil']}"
            self.construction.warnings.append(f"{until}; tau sets a password without an end")

    def _missing(self, role: Manifest, live: role_attributes.Attributes) -> role_attributes.Attributes:
        owner = role is self.wanted.role
        asked = role_attributes.explicit(self.args.owner_attributes) if owner else {}
        return role_attributes.lost(live, asked, granted=role["spec"].get("inRoles", []))


def _name(item: Mapping[str, Any]) -> str:
    return str(item["spec"]["name"])


def _managed_twice(role: Manifest, where: str) -> str:
    return f"{_name(role)!r} is managed by {where} already; remove it there first, the role stays in the server"
