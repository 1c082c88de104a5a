"""Database (postgresql.cnpg.io/v1), a database within a Cluster.

https://cloudnative-pg.io/docs/1.30/declarative_database_management/
"""

from tau.fields import Input, lift
from tau.kinds.manifest import Manifest, manifest

API_VERSION = "postgresql.cnpg.io/v1"
KIND = "Database"
PLURAL = "databases"


def database(
    metadata: Manifest,
    *,
    cluster: Input[str],
    name: Input[str],
    owner: Input[str],
    extensions: Input[list[str]] | None,
) -> Manifest:
    """A database that stays in the Cluster when the object goes."""
    spec: Manifest = {
        "cluster": {"name": cluster},
        "name": name,
        "owner": owner,
        "databaseReclaimPolicy": "retain",
    }
    if extensions:
        spec["extensions"] = lift(lambda names: [{"name": item, "ensure": "present"} for item in names], extensions)
    return manifest(API_VERSION, KIND, metadata, spec=spec)
