"""`tau:postgres:Instance`: arguments -> Cluster, bootstrap Secret and NetworkPolicy."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tau import naming
from tau.archive import clone
from tau.backup import bootstrap
from tau.fields import Input, lift
from tau.instance import memory, server_image
from tau.kubernetes.kinds import cluster, network_policy, secret, storage_class
from tau.kubernetes.manifest import Manifest, merge, metadata, overridden, union
from tau.operator import release
from tau.settings import Settings
from tau.types.postgres import InstanceArgs, NetworkPolicy, ResourceRequirements, Storage

IMAGE = "ghcr.io/cloudnative-pg/postgresql"
PORT = network_policy.POSTGRES_PORT
# A pool of connections never empties by itself, and no new client is admitted in the meantime, so every drain,
# deletion and switch-over would take all of the operator's three minutes.
# https://cloudnative-pg.io/docs/1.30/instance_manager/
_SECONDS_FOR_CLIENTS_TO_LEAVE = 10


@dataclass(frozen=True, kw_only=True)
class InstanceObjects:
    """The objects of one Instance, and the image of its server; None where one is not wanted."""

    image: Input[str]
    bootstrap_secret: Manifest | None
    cluster: Manifest
    network_policy: Manifest | None


def metadata_of(resource: str, args: InstanceArgs) -> Manifest:
    """Metadata of an Instance's Cluster, and of every other object but for its name."""
    name = args.name or naming.instance(resource)
    labels = union(naming.labels(name), args.labels)
    return metadata(name=name, namespace=args.namespace, labels=labels, annotations=args.annotations)


def objects(
    resource: str, args: InstanceArgs, settings: Settings, archive: bootstrap.Archive | None = None
) -> InstanceObjects:
    """What one Instance consists of; without `archive` it starts empty and is not backed up."""
    known = metadata_of(resource, args)
    name = known["name"]
    policy = args.network_policy or NetworkPolicy()
    used = image(args, settings)
    return InstanceObjects(
        image=used,
        bootstrap_secret=None
        if args.superuser_access
        else _bootstrap_secret(merge(known, {"name": naming.bootstrap_secret(name)})),
        cluster=cluster.cluster(known, spec(name, used, args, settings, archive)),
        network_policy=network_policy.ingress_for_cluster(
            known,
            cluster=name,
            operator_namespace=policy.operator_namespace or settings.operator_namespace or release.NAMESPACE,
            namespaces=policy.from_namespaces or (),
            cidrs=policy.from_cidrs or (),
            prometheus_namespace=args.monitoring.prometheus_namespace if args.monitoring else None,
        )
        if policy.enabled
        else None,
    )


def completed(
    wanted: InstanceObjects,
    args: InstanceArgs,
    settings: Settings,
    archive: bootstrap.Archive | None,
    pinned: Input[str] | None,
) -> InstanceObjects:
    """The same objects, with a Cluster that archives or is restored, and whose image is `pinned` to a digest."""
    if archive is None and pinned is None:
        return wanted
    known = wanted.cluster["metadata"]
    complete = spec(known["name"], wanted.image, args, settings, archive) if archive else wanted.cluster["spec"]
    return dataclasses.replace(wanted, cluster=cluster.cluster(known, _with_image(complete, pinned)))


def _bootstrap_secret(known: Manifest) -> Manifest:
    """Credentials that initdb asks for: `postgres` without a password, so that nobody can log in with them."""
    return secret.basic_auth(
        merge(known, {"annotations": secret.KEEP_PASSWORD_AS_IS}), {"username": "postgres", "password": ""}
    )


def image(args: InstanceArgs, settings: Settings) -> Input[str]:
    """Image of the server; where a catalog has it, one of the same major version."""
    own = lift(_image, args.version or settings.postgres_version) if args.image is None else args.image
    if args.cluster_spec is None or isinstance(args.cluster_spec, Mapping):
        return _image_of(args.cluster_spec or {}, own)
    return lift(_image_of, args.cluster_spec, own)


def _image_of(cluster_spec: Mapping[str, Any], own: Input[str]) -> Input[str]:
    if catalog := cluster_spec.get("imageCatalogRef"):
        return lift(lambda known: _image(str(known["major"])), catalog)
    return cluster_spec.get("imageName") or own


def from_catalog(args: InstanceArgs) -> bool:
    """Whether a catalog has the image, as far as it is known."""
    return isinstance(args.cluster_spec, Mapping) and bool(args.cluster_spec.get("imageCatalogRef"))


def spec(
    name: Input[str],
    used: Input[str],
    args: InstanceArgs,
    settings: Settings,
    archive: bootstrap.Archive | None = None,
) -> Input[Manifest]:
    """The Cluster's spec for the image `used`, with the user's `clusterSpec` merged over it."""
    resources = _resources(args.resources or ResourceRequirements())
    archiving = bootstrap.PARAMETERS if archive and archive.store is not None else {}
    recovery, source = (archive.recovery, archive.source) if archive else (None, "")
    wanted: Manifest = {
        "description": "PostgreSQL managed by tau",
        "imageName": used,
        "instances": args.instances,
        "enablePDB": lift(lambda count: count > 1, args.instances),
        "enableSuperuserAccess": args.superuser_access,
        "smartShutdownTimeout": _SECONDS_FOR_CLIENTS_TO_LEAVE,
        "bootstrap": bootstrap.empty(name, superuser=args.superuser_access),
        "storage": _volume(args.storage or Storage(), settings),
        "resources": resources,
        "postgresql": {
            "parameters": lift(_parameters, resources, args.parameters or {}, archiving, recovery),
            "pg_hba": _host_based_authentication(superuser=args.superuser_access),
        },
        "inheritedMetadata": {
            "labels": union(naming.labels(name), args.labels),
            "annotations": union({}, args.annotations),
        },
    }
    if args.wal_storage:
        wanted["walStorage"] = _volume(args.wal_storage, settings)
    if archive and archive.store is not None:
        wanted["plugins"] = bootstrap.archiver(archive)
    if args.cluster_spec is None or isinstance(args.cluster_spec, Mapping):
        return bootstrap.chosen(_overridden(wanted, args.cluster_spec or {}), recovery, source)
    return lift(bootstrap.chosen, lift(_overridden, wanted, args.cluster_spec), recovery, source)


def _overridden(wanted: Manifest, cluster_spec: Mapping[str, Any]) -> Manifest:
    """`clusterSpec` over what tau writes, which gives way to what excludes it, but for the archive of `backup`."""
    base = {
        key: value for key, value in wanted.items() if key != "imageName" or not cluster_spec.get("imageCatalogRef")
    }
    spec = overridden(base, cluster_spec)
    plugins = bootstrap.archiving(spec.get("plugins") or [], wanted.get("plugins") or [])
    return {**spec, "plugins": plugins} if plugins else spec


def pod_spec(args: InstanceArgs) -> Input[dict[str, Any]]:
    """What another Pod needs to get the same image on the same nodes."""
    return lift(server_image.pod_spec, args.cluster_spec or {})


def _with_image(spec: Input[Manifest], pinned: Input[str] | None) -> Input[Manifest]:
    if pinned is None:
        return spec
    if isinstance(spec, Mapping):
        return {**spec, "imageName": pinned} if spec.get("imageName") else spec
    return lift(_with_image, spec, pinned)


def _image(version: str) -> str:
    # One Debian release for all versions: a major upgrade needs the same operating system on both sides.
    return f"{IMAGE}:{version}-standard-trixie"


def _host_based_authentication(*, superuser: bool) -> list[str]:
    """Over TLS only, and each role only into the database whose role it is or belongs to."""
    rules = ["hostssl samerole all all scram-sha-256", "host all all all reject"]
    return ["hostssl all postgres all scram-sha-256", *rules] if superuser else rules


def _volume(storage: Storage, settings: Settings) -> Manifest:
    return {
        "size": storage.size or settings.postgres_default_storage_size,
        "storageClass": storage.storage_class or settings.postgres_storage_class or storage_class.LONGHORN,
    }


def _resources(requirements: ResourceRequirements) -> dict[str, Input[Any]]:
    limits = union({"memory": memory.DEFAULT_LIMIT}, requirements.limits)
    requests = lift(
        lambda known, more: {"cpu": memory.DEFAULT_CPU, "memory": memory.request(known["memory"]), **more},
        limits,
        requirements.requests or {},
    )
    return {"requests": requests, "limits": limits}


def _parameters(
    resources: Mapping[str, Mapping[str, str]],
    explicit: Mapping[str, str],
    archiving: Mapping[str, str],
    recovery: Mapping[str, Any] | None,
) -> dict[str, str]:
    return {**memory.parameters(resources), **archiving, **clone.parameters(recovery), **explicit}
