"""How the container of an application verifies the servers of its databases: a mounted certificate, and variables.

docs/drivers.md has what each driver makes of them.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from tau import naming
from tau.application.databases import NamedDatabase
from tau.application.identity import Identity
from tau.application.volumes import Mounts
from tau.database import connection
from tau.fields import Input, lift
from tau.instance import objects as instance
from tau.kubernetes.kinds import cluster, config_map
from tau.kubernetes.manifest import Manifest, Parts, merge, parts
from tau.settings import Settings
from tau.types.app import TauApplicationArgs

VOLUME = "tau-database-ca"
"""Name of the volume with the certificates, and logical suffix of the ConfigMap that it comes from."""
VARIABLES: Mapping[str, str] = {
    "PGSSLMODE": connection.VERIFIED_SSL_MODE,
    "PGSSLROOTCERT": connection.CA_PATH,
    # postgres.js reads its own variable in place of PGSSLMODE.
    "PGSSL": connection.VERIFIED_SSL_MODE,
    # node-postgres takes no path from the environment; Node.js adds this file to the public authorities.
    "NODE_EXTRA_CA_CERTS": connection.CA_PATH,
}
"""One of each for a container, for all of its databases."""
JDBC_VARIABLE = "JDBC_DATABASE_URL"
"""One for each database; its name starts with the database's key, as that of every other variable of it."""


def of_container(
    databases: Sequence[NamedDatabase], args: TauApplicationArgs, settings: Settings
) -> Sequence[NamedDatabase]:
    """The databases whose servers the container verifies: all or none.

    In files that are rendered without a cluster no certificate is known, and a volume cannot join those of several.
    """
    none = args.image is None or (settings.rendered and not _on_one_instance(databases))
    return [] if none else databases


def added_to(mounts: Mounts, identity: Identity, databases: Sequence[NamedDatabase], settings: Settings) -> Mounts:
    """The same mounts, with the certificates of these databases' servers."""
    if not databases:
        return mounts
    volume = {"name": VOLUME, **_source(identity, databases, settings)}
    mount = {"name": VOLUME, "mountPath": connection.CA_FOLDER, "readOnly": True}
    return dataclasses.replace(
        mounts,
        volumes=[*mounts.volumes, volume],
        volume_mounts=[*mounts.volume_mounts, mount],
        objects=mounts.objects | _objects(identity, settings),
    )


def completed(stored: Parts, certificates: Sequence[Input[str]]) -> Parts:
    """The same objects, with the certificates in their ConfigMap."""
    key = (config_map.KIND.kind, VOLUME)
    if key not in stored:
        return stored
    bundle = lift(_bundle, list(certificates))
    return {**stored, key: merge(stored[key], {"data": {connection.CA_FILE: bundle}})}


def variables(
    databases: Sequence[NamedDatabase], others: Input[list[Mapping[str, Any]]]
) -> Input[list[Mapping[str, Any]]]:
    """`env` entries of the container: the `others`, after those for the certificates that they do not define."""
    if not databases:
        return others
    wanted: list[Mapping[str, Any]] = [
        {"name": database.prefix + JDBC_VARIABLE, "value": _jdbc_url(database)} for database in databases
    ]
    wanted += [{"name": name, "value": value} for name, value in VARIABLES.items()]
    return lift(_before, wanted, others)


def _before(wanted: list[Mapping[str, Any]], others: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    taken = {entry["name"] for entry in others}
    return [*(entry for entry in wanted if entry["name"] not in taken), *others]


def _jdbc_url(database: NamedDatabase) -> Input[str]:
    names = database.names
    return lift(connection.verified_jdbc_url, names.host, instance.PORT, names.database)


def _source(identity: Identity, databases: Sequence[NamedDatabase], settings: Settings) -> Manifest:
    items = [{"key": connection.CA_FILE, "path": connection.CA_FILE}]
    if settings.rendered:
        # Never the CA's key, which is in this Secret too.
        return {"secret": {"secretName": lift(cluster.ca_secret, databases[0].names.instance), "items": items}}
    return {"configMap": {"name": _name(identity), "items": items}}


def _objects(identity: Identity, settings: Settings) -> Parts:
    if settings.rendered:
        return {}
    return parts((VOLUME, config_map.config_map(identity.metadata(_name(identity)), {connection.CA_FILE: ""})))


def _name(identity: Identity) -> Input[str]:
    return naming.application_part(identity.name, "database-ca")


def _on_one_instance(databases: Sequence[NamedDatabase]) -> bool:
    instances = [database.names.instance for database in databases]
    known = {instance for instance in instances if isinstance(instance, str)}
    return len(databases) == 1 or (len(known) == 1 and all(isinstance(instance, str) for instance in instances))


def _bundle(certificates: list[str | None]) -> str:
    """Each certificate once: databases of the same server share one, and a state of an earlier version has none."""
    return "".join(dict.fromkeys(certificate for certificate in certificates if certificate))
