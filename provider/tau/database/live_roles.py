"""Roles and databases as a live server has them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tau import errors
from tau.kubernetes.api import KubernetesApi
from tau.resource import primary

# With the names of the inputs, which DatabaseRole has too; `pg_catalog` comes first in any database.
_ROLES = """
SELECT pg_catalog.json_build_object(
  'roles', (
    SELECT pg_catalog.json_object_agg(role.rolname, pg_catalog.json_build_object(
      'login', role.rolcanlogin,
      'superuser', role.rolsuper,
      'createdb', role.rolcreatedb,
      'createrole', role.rolcreaterole,
      'replication', role.rolreplication,
      'bypassrls', role.rolbypassrls,
      'inherit', role.rolinherit,
      'connectionLimit', role.rolconnlimit,
      'comment', coalesce(pg_catalog.shobj_description(role.oid, 'pg_authid'), ''),
      'validUntil', CASE WHEN pg_catalog.isfinite(role.rolvaliduntil) THEN role.rolvaliduntil END,
      'inRoles', ARRAY(
        SELECT pg_catalog.pg_get_userbyid(member.roleid) FROM pg_catalog.pg_auth_members member
        WHERE member.member = role.oid
      )
    ))
    FROM pg_catalog.pg_roles role WHERE role.rolname IN ({roles})
  ),
  'owner', (
    SELECT pg_catalog.pg_get_userbyid(item.datdba) FROM pg_catalog.pg_database item WHERE item.datname = {database}
  )
)
"""


@dataclass(frozen=True)
class LiveRoles:
    """Attributes of those roles that exist, by name, and the owner of the database, None where there is none."""

    roles: Mapping[str, Mapping[str, Any]]
    database_owner: str | None


async def read(api: KubernetesApi, namespace: str, instance: str, roles: Iterable[str], database: str) -> LiveRoles:
    """Look some roles and a database up in the server of a Cluster.

    Raises:
        ClusterError: The server does not run, or no command can be run in its Pod.
    """
    query = _ROLES.format(roles=", ".join(map(_literal, roles)), database=_literal(database))
    command = ["psql", "--no-psqlrc", "--username=postgres", "--dbname=postgres", "--set=ON_ERROR_STOP=1"]
    command += ["--quiet", "--tuples-only", "--no-align"]
    command += ["--command=SET search_path TO pg_catalog, pg_temp", f"--command={query}"]
    printed = await primary.run(api, namespace, instance, command)
    try:
        result = json.loads(printed)
    except ValueError as failure:
        raise errors.ClusterError(f"psql printed no JSON: {printed[:200]!r}") from failure
    return LiveRoles(roles=result["roles"] or {}, database_owner=result["owner"])


def _literal(text: str) -> str:
    return "'{}'".format(text.replace("'", "''"))
