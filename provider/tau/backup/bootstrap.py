"""How a Cluster starts: with an empty server or from an archive, and where it archives to.

https://cloudnative-pg.io/docs/1.30/bootstrap/ and https://cloudnative-pg.io/docs/1.30/recovery/.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tau import naming
from tau.fields import Input, lift
from tau.kubernetes.kinds import cluster, object_store
from tau.kubernetes.manifest import Manifest, merge

PARAMETERS = {"archive_timeout": "5min"}
"""Parameters of a server that archives: nothing waits longer before it is archived."""

_SOURCE = "archive"
_TARGETS = {
    "backupId": "backupID",
    "targetTime": "targetTime",
    "targetName": "targetName",
    "targetLsn": "targetLSN",
}


@dataclass(frozen=True, kw_only=True)
class Archive:
    """What an ArchiveGeneration has decided for one Cluster.

    `store` is the ObjectStore that it archives to as `server_name`, None for none; `source` is the ObjectStore that it
    is restored from where the `serverName` of `recovery` is not empty.
    """

    server_name: Input[str]
    recovery: Input[Mapping[str, Any]]
    store: Input[str] | None
    source: Input[str]


def archiver(archive: Archive) -> list[Manifest]:
    """The plugin that archives WAL, for the `plugins` of a Cluster."""
    entry = object_store.use(store=archive.store or "", server_name=archive.server_name)
    return [{**entry, "isWALArchiver": True}]


def archiving(plugins: Input[list[Any]], own: list[Manifest]) -> Input[list[Any]]:
    """`plugins` of a Cluster, and tau's `own` unless they have an entry of the same plugin: it archives."""
    if not isinstance(plugins, list):
        return lift(archiving, plugins, own)
    named = {plugin.get("name") for plugin in plugins if isinstance(plugin, Mapping)}
    return [*plugins, *(entry for entry in own if entry["name"] not in named)]


def chosen(spec: Mapping[str, Any], recovery: Input[Mapping[str, Any]] | None, source: Input[str]) -> Manifest:
    """A Cluster's spec, empty or restored as `recovery` says, or as the user's own `clusterSpec` does."""
    result = {**spec, "bootstrap": lift(_one_method, spec["bootstrap"], recovery)}
    if recovery is not None:
        result["externalClusters"] = lift(_sources, spec.get("externalClusters") or [], recovery, source)
    return result


def empty(name: Input[str], *, superuser: bool) -> Manifest:
    """An empty server."""
    return {"initdb": {**_owner(name, superuser=superuser), "encoding": "UTF8", "dataChecksums": True}}


def _owner(name: Input[str], *, superuser: bool) -> Manifest:
    # The operator insists on a database with an owner; naming those that exist anyway leaves nothing extra behind.
    # Their Secret must be the superuser's own where there is one, or each would undo the other's password.
    needed = lift(cluster.superuser_secret, name) if superuser else naming.bootstrap_secret(name)
    return {"database": "postgres", "owner": "postgres", "secret": {"name": needed}}


def _one_method(bootstrap: Mapping[str, Any], recovery: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The operator takes just one method, and tau's own is the one that gives way."""
    others = {key: value for key, value in bootstrap.items() if key != "initdb"}
    if recovery is None or not recovery["serverName"]:
        return others or bootstrap
    owner = {key: value for key, value in bootstrap["initdb"].items() if key in ("database", "owner", "secret")}
    target = {theirs: recovery[ours] for ours, theirs in _TARGETS.items() if recovery[ours]}
    wanted = {**owner, "source": _SOURCE, **({"recoveryTarget": target} if target else {})}
    return {"recovery": merge(wanted, others.get("recovery", {}))}


def _sources(sources: list[Any], recovery: Mapping[str, Any], store: str) -> list[Any]:
    if not recovery["serverName"]:
        return sources
    return [*sources, {"name": _SOURCE, "plugin": object_store.use(store=store, server_name=recovery["serverName"])}]
