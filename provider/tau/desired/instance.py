"""`tau:postgres:Instance`: arguments -> Cluster, bootstrap Secret and NetworkPolicy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tau.desired import memory, naming
from tau.desired.settings import Settings
from tau.fields import Input, lift
from tau.kinds import cluster, network_policy, secret
from tau.kinds.manifest import Manifest, merge, metadata, union
from tau.types.postgres import InstanceArgs, NetworkPolicy, ResourceRequirements, Storage

IMAGE = "ghcr.io/cloudnative-pg/postgresql"
PORT = network_policy.POSTGRES_PORT


@dataclass(frozen=True, kw_only=True)
class InstanceObjects:
    """The objects of one Instance; None where one is not wanted."""

    bootstrap_secret: Manifest | None
    cluster: Manifest
    network_policy: Manifest | None


def objects(resource: str, args: InstanceArgs, settings: Settings) -> InstanceObjects:
    """What one Instance consists of."""
    name = args.name or naming.instance(resource)
    labels = union(naming.labels(name), args.labels)
    about = metadata(name=name, namespace=args.namespace, labels=labels, annotations=args.annotations)
    policy = args.network_policy or NetworkPolicy()
    return InstanceObjects(
        bootstrap_secret=None
        if args.superuser_access
        else _bootstrap_secret(merge(about, {"name": naming.bootstrap_secret(name)})),
        cluster=cluster.cluster(about, spec(name, args, settings)),
        network_policy=network_policy.ingress_for_cluster(
            about, cluster=name, operator_namespace=policy.operator_namespace
        )
        if policy.enabled
        else None,
    )


def _bootstrap_secret(about: Manifest) -> Manifest:
    """Credentials that initdb asks for: `postgres` without a password, so that nobody can log in with them."""
    return secret.basic_auth(
        merge(about, {"annotations": secret.KEEP_PASSWORD_AS_IS}), {"username": "postgres", "password": ""}
    )


def spec(name: Input[str], args: InstanceArgs, settings: Settings) -> Input[Manifest]:
    """The Cluster's spec, with the user's `clusterSpec` merged over it."""
    resources = _resources(args.resources or ResourceRequirements())
    wanted: Manifest = {
        "description": "PostgreSQL managed by tau",
        "imageName": args.image or lift(_image, args.version or settings.postgres_version),
        "instances": args.instances,
        "enablePDB": lift(lambda count: count > 1, args.instances),
        "enableSuperuserAccess": args.superuser_access,
        "bootstrap": {"initdb": _initdb(name, superuser=args.superuser_access)},
        "storage": _volume(args.storage or Storage(), settings),
        "resources": resources,
        "postgresql": {
            "parameters": lift(_parameters, resources, args.parameters or {}),
            "pg_hba": _host_based_authentication(superuser=args.superuser_access),
        },
        "inheritedMetadata": {
            "labels": union(naming.labels(name), args.labels),
            "annotations": union({}, args.annotations),
        },
    }
    if args.wal_storage:
        wanted["walStorage"] = _volume(args.wal_storage, settings)
    if args.cluster_spec is None or isinstance(args.cluster_spec, Mapping):
        return merge(wanted, args.cluster_spec or {})
    return lift(merge, wanted, args.cluster_spec)


def _image(version: str) -> str:
    # One Debian release for all versions: a major upgrade needs the same operating system on both sides.
    return f"{IMAGE}:{version}-standard-trixie"


def _initdb(name: Input[str], *, superuser: bool) -> Manifest:
    # initdb insists on a database with an owner; naming those that exist anyway leaves nothing extra in the server.
    # Its Secret must be the superuser's own where there is one, or each would undo the other's password.
    needed = lift(cluster.superuser_secret, name) if superuser else naming.bootstrap_secret(name)
    return {
        "database": "postgres",
        "owner": "postgres",
        "secret": {"name": needed},
        "encoding": "UTF8",
        "dataChecksums": True,
    }


def _host_based_authentication(*, superuser: bool) -> list[str]:
    """Over TLS only, and each role only into the database whose role it is or belongs to."""
    rules = ["hostssl samerole all all scram-sha-256", "host all all all reject"]
    return ["hostssl all postgres all scram-sha-256", *rules] if superuser else rules


def _volume(storage: Storage, settings: Settings) -> Manifest:
    return {
        "size": storage.size or settings.postgres_default_storage_size,
        "storageClass": storage.storage_class or settings.postgres_storage_class,
    }


def _resources(given: ResourceRequirements) -> dict[str, Input[Any]]:
    limits = union({"memory": memory.DEFAULT_LIMIT}, given.limits)
    requests = lift(
        lambda known, more: {"cpu": memory.DEFAULT_CPU, "memory": memory.request(known["memory"]), **more},
        limits,
        given.requests or {},
    )
    return {"requests": requests, "limits": limits}


def _parameters(resources: Mapping[str, Mapping[str, str]], given: Mapping[str, str]) -> dict[str, str]:
    return {**memory.parameters(resources), **given}
