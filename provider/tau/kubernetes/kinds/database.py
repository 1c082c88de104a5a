"""Database (postgresql.cnpg.io/v1), a database within a Cluster.

https://cloudnative-pg.io/docs/1.30/declarative_database_management/
"""

from collections.abc import Sequence

from tau.fields import Input, lift
from tau.kubernetes.kind import Kind
from tau.kubernetes.manifest import Manifest, manifest

KIND = Kind("postgresql.cnpg.io/v1", "Database", "databases")


def database(
    metadata: Manifest,
    *,
    cluster: Input[str],
    name: Input[str],
    owner: Input[str],
    extensions: Input[list[str]] | None,
    known_extensions: Sequence[str] = (),
) -> Manifest:
    """A database that stays in the Cluster when the object goes; a known extension that is not wanted any more goes."""
    spec: Manifest = {
        "cluster": {"name": cluster},
        "name": name,
        "owner": owner,
        "databaseReclaimPolicy": "retain",
    }
    if extensions or known_extensions:
        spec["extensions"] = lift(_extensions, extensions or [], list(known_extensions))
    return manifest(KIND, metadata, spec=spec)


def _extensions(wanted: list[str], known: list[str]) -> list[Manifest]:
    present = [{"name": name, "ensure": "present"} for name in wanted]
    return [*present, *({"name": name, "ensure": "absent"} for name in known if name not in wanted)]
