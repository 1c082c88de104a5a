"""DatabaseRole (postgresql.cnpg.io/v1), a role within a Cluster.

https://cloudnative-pg.io/docs/1.30/declarative_role_management/
"""

from collections.abc import Mapping
from typing import Any

from tau.fields import Input
from tau.kubernetes import state
from tau.kubernetes.kind import Kind
from tau.kubernetes.manifest import Manifest, manifest

KIND = Kind("postgresql.cnpg.io/v1", "DatabaseRole", "databaseroles")
OWNER = "tau-rotation"
"""Field manager of `validUntil`, which changes apart from everything else of a role."""


def login_role(
    metadata: Manifest,
    *,
    cluster: Input[str],
    name: Input[str],
    secret: Input[str],
    member_of: Input[str] | None,
    attributes: Mapping[str, Any] | None = None,
) -> Manifest:
    """A role that logs in with the password of a Secret and stays in the Cluster when the object goes.

    `attributes` are further fields; what is default there must be left out.
    """
    spec = _role(cluster, name) | {"login": True, "passwordSecret": {"name": secret}} | dict(attributes or {})
    if member_of:
        spec["inRoles"] = [member_of, *(role for role in spec.get("inRoles", []) if role != member_of)]
    return manifest(KIND, metadata, spec=spec)


def group_role(metadata: Manifest, *, cluster: Input[str], name: Input[str]) -> Manifest:
    """A role that cannot log in, only have members.

    `login: false` is the default, and the operator omits it when it adds its finalizer.
    """
    return manifest(KIND, metadata, spec=_role(cluster, name))


def _role(cluster: Input[str], name: Input[str]) -> Manifest:
    return {"cluster": {"name": cluster}, "name": name, "databaseRoleReclaimPolicy": "retain"}


def valid_until(name: str, namespace: str, moment: str | None) -> Manifest:
    """What is applied to a role for its password to end at a moment, RFC 3339, or never."""
    spec = {} if moment is None else {"validUntil": moment}
    return manifest(KIND, {"name": name, "namespace": namespace}, spec=spec)


def password_secret(item: Mapping[str, Any]) -> str:
    """Name of the Secret that the password of a role is in."""
    return str(item["spec"]["passwordSecret"]["name"])


def password_state(item: Mapping[str, Any], secret: Mapping[str, Any] | None) -> state.State:
    """Whether the server has the role as it shall be, with the password that its Secret holds now."""
    seen = state.applied(item)
    if secret is None:
        return state.State(ready=False, message=f"Secret {password_secret(item)} is not there")
    current = item.get("status", {}).get("secretResourceVersion") == secret["metadata"]["resourceVersion"]
    if seen.ready and not current:
        return state.State(ready=False, message="the instance has not applied the new password yet")
    return seen
