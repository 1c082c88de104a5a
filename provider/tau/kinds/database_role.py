"""DatabaseRole (postgresql.cnpg.io/v1), a role within a Cluster.

https://cloudnative-pg.io/docs/1.30/declarative_role_management/
"""

from tau.fields import Input
from tau.kinds.manifest import Manifest, manifest

API_VERSION = "postgresql.cnpg.io/v1"
KIND = "DatabaseRole"
PLURAL = "databaseroles"


def login_role(
    metadata: Manifest,
    *,
    cluster: Input[str],
    name: Input[str],
    secret: Input[str],
    member_of: Input[str] | None,
) -> Manifest:
    """A role that logs in with the password of a Secret and stays in the Cluster when the object goes."""
    spec = _role(cluster, name) | {"login": True, "passwordSecret": {"name": secret}}
    if member_of:
        spec["inRoles"] = [member_of]
    return manifest(API_VERSION, KIND, metadata, spec=spec)


def group_role(metadata: Manifest, *, cluster: Input[str], name: Input[str]) -> Manifest:
    """A role that cannot log in, only have members."""
    return manifest(API_VERSION, KIND, metadata, spec=_role(cluster, name) | {"login": False})


def _role(cluster: Input[str], name: Input[str]) -> Manifest:
    return {"cluster": {"name": cluster}, "name": name, "databaseRoleReclaimPolicy": "retain"}
