"""`tau:postgres:BackupStore`: arguments -> the gateway's objects, and the Store that it stands for.

Layout on a share: `<folder>/buckets/postgres` holds the archives as plain files, `<folder>/.meta` what the gateway
knows about them. https://github.com/versity/versitygw/wiki for the gateway.
"""

import dataclasses
import hashlib
from typing import Any

from tau import naming
from tau.credentials import certificate
from tau.credentials import digest as digests
from tau.credentials.certificate import Issued
from tau.fields import Input, lift
from tau.kubernetes.kinds import (
    cluster,
    deployment,
    job,
    network_policy,
    object_store,
    persistent_volume,
    persistent_volume_claim,
    secret,
    service,
)
from tau.kubernetes.manifest import MANAGED_BY_TAU, Manifest, merge, metadata, union
from tau.settings import Settings
from tau.store import gateway_pod
from tau.types.postgres import BackupStoreArgs, NfsShare, Store
from tau.values import share

BUCKET = "postgres"

# Nothing renews it under servers that trust no other certificate; a change of `keyRotation` issues another one.
_VALIDITY_DAYS = 36500
# Kubernetes wants one and does not look at it: the share has the size that it has.
_NOMINAL_SIZE = "1Ti"
_CLUSTER_PODS = {"matchExpressions": [{"key": cluster.LABEL, "operator": "Exists"}]}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Keys:
    """With what the gateway lets a client in, and the pair with which it shows a client who it is.

    `digest_key` is that of a digest of the first two.
    """

    access_key_id: Input[str]
    secret_access_key: Input[str]
    digest_key: Input[str]
    pair: Issued


NO_KEYS = Keys(access_key_id="", secret_access_key="", digest_key="none", pair=Issued(certificate="", key=""))
"""The parts of a store that its users need."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ShareObjects:
    """What brings a share into the cluster: a volume and a claim on it."""

    volume: Manifest
    claim: Manifest


@dataclasses.dataclass(frozen=True, kw_only=True)
class GatewayObjects:
    """The objects of one gateway."""

    keys: Manifest
    certificate: Manifest
    deployment: Manifest
    service: Manifest
    network_policy: Manifest


def nfs(args: BackupStoreArgs, settings: Settings) -> NfsShare | None:
    """The share that is given, or else the configured one where nothing else is."""
    configured = settings.postgres_backup_nfs_path
    if args.nfs or args.volume_claim or args.s3 or configured is None:
        share_options = args.nfs
        return share_options and dataclasses.replace(share_options, server=lift(share.address, share_options.server))
    return share.share(configured)


def name(resource: str, args: BackupStoreArgs) -> Input[str]:
    """Name of the objects."""
    return args.name or resource


def folder(resource: str, args: BackupStoreArgs) -> Input[str]:
    """Folder of the store, relative to the share."""
    if args.folder is not None:
        return args.folder
    return lift(lambda space, known: f"{space}/{known}", args.namespace, name(resource, args))


def claim_name(resource: str, args: BackupStoreArgs, settings: Settings) -> Input[str]:
    """Claim of the share; another share has another claim, since neither it nor its volume can be changed."""
    if args.volume_claim:
        return args.volume_claim.name
    used = nfs(args, settings)
    assert used
    return lift(lambda known, digest: f"{known}-{digest}", name(resource, args), _digest(used))


def _digest(used: NfsShare) -> Input[str]:
    return lift(
        lambda *parts: hashlib.sha256(repr(parts).encode()).hexdigest()[:8],
        used.server,
        used.path,
        used.mount_options or [],
    )


def location(resource: str, args: BackupStoreArgs, settings: Settings) -> Input[str]:
    """What tells the share or claim, and the folder in it, from any other; the gateway may get another name."""
    within = folder(resource, args)
    used = nfs(args, settings)
    if used:
        return lift(
            lambda server, path, known: f"nfs://{server}/{path.strip('/')}/{known}", used.server, used.path, within
        )
    claim = claim_name(resource, args, settings)
    return lift(lambda space, name, known: f"claim://{space}/{name}/{known}", args.namespace, claim, within)


def store(resource: str, args: BackupStoreArgs, settings: Settings, keys: Keys) -> Store:
    """What an Instance takes."""
    if args.s3:
        return args.s3
    return Store(
        endpoint=lift(
            lambda known, space: f"https://{naming.service_host(known, space)}:{gateway_pod.PORT}",
            name(resource, args),
            args.namespace,
        ),
        bucket=BUCKET,
        access_key_id=keys.access_key_id,
        secret_access_key=keys.secret_access_key,
        location=location(resource, args, settings),
        ca_certificate=keys.pair.certificate,
    )


def reached_by(planned: Store, keys: Keys) -> Store:
    """The store of a gateway, with what its clients need to reach it."""
    return dataclasses.replace(
        planned,
        access_key_id=keys.access_key_id,
        secret_access_key=keys.secret_access_key,
        ca_certificate=keys.pair.certificate,
    )


def client_namespaces(args: BackupStoreArgs) -> Input[list[str]]:
    """Namespaces from which the gateway is reached: its own, and those that are given."""
    return lift(lambda own, others: sorted({own, *others}), args.namespace, args.client_namespaces or [])


def gateway_key(resource: str, args: BackupStoreArgs, key: str) -> dict[str, Input[Any]]:
    """Inputs of the GatewayKey that a key of the gateway's Secret comes from."""
    secret_name = naming.gateway_keys(name(resource, args))
    inputs: dict[str, Input[Any]] = {"key": key, "namespace": args.namespace, "secretName": secret_name}
    return inputs | ({"rotation": args.key_rotation} if args.key_rotation is not None else {})


def gateway_certificate(resource: str, args: BackupStoreArgs) -> dict[str, Input[Any]]:
    """Inputs of the SelfSignedCertificate that the gateway shows, for every name that its Service has."""
    called = name(resource, args)
    inputs: dict[str, Input[Any]] = {
        "commonName": called,
        "dnsNames": lift(_service_names, called, args.namespace),
        "namespace": args.namespace,
        "secretName": naming.gateway_certificate(called),
        "validityDays": _VALIDITY_DAYS,
    }
    return inputs | ({"rotation": args.key_rotation} if args.key_rotation is not None else {})


def _service_names(known: str, namespace: str) -> list[str]:
    """Those that hold in every cluster, and the full one where its domain is the usual one."""
    host = naming.service_host(known, namespace)
    return [known, f"{known}.{namespace}", host, f"{host}.cluster.local"]


def preflight(resource: str, args: BackupStoreArgs, settings: Settings) -> dict[str, Input[Any]]:
    """Inputs of the SharePreflight that comes before the gateway."""
    return {
        "name": lift(lambda known: f"{known}{naming.PREFLIGHT}", name(resource, args)),
        "namespace": args.namespace,
        "claimName": claim_name(resource, args, settings),
        "folder": folder(resource, args),
        "runAsUser": args.run_as_user,
        "runAsGroup": args.run_as_group,
        "image": object_store.SIDECAR_IMAGE,
    }


def share_objects(resource: str, args: BackupStoreArgs, settings: Settings) -> ShareObjects | None:
    """Volume and claim of the share; None for an existing claim."""
    used = nfs(args, settings)
    if used is None:
        return None
    base, claim = _metadata(resource, args), claim_name(resource, args, settings)
    # Volumes have no namespace; a label has no dot in it, so no two stores make the same name of theirs.
    volume = lift(lambda *parts: ".".join(("tau", *parts)), args.namespace, base["name"], _digest(used))
    return ShareObjects(
        volume=persistent_volume.nfs(
            metadata(name=volume, labels=base["labels"]),
            server=used.server,
            path=used.path,
            mount_options=used.mount_options,
            size=_NOMINAL_SIZE,
            claim=claim,
            namespace=args.namespace,
        ),
        claim=persistent_volume_claim.claim(
            merge(base, {"name": claim}),
            size=_NOMINAL_SIZE,
            storage_class="",
            access_modes=[persistent_volume.READ_WRITE_MANY],
            volume=volume,
        ),
    )


def objects(
    resource: str, args: BackupStoreArgs, settings: Settings, *, keys: Keys, flags: Input[list[str]]
) -> GatewayObjects:
    """What the gateway of one store consists of; `flags` are what the share asks for."""
    base = _metadata(resource, args)
    selector, secret_name = _selector(base["name"]), naming.gateway_keys(base["name"])
    tls_name = naming.gateway_certificate(base["name"])
    claim = claim_name(resource, args, settings)
    template = {
        "metadata": {"labels": base["labels"], "annotations": _checksums(keys)},
        "spec": gateway_pod.pod_spec(
            args, folder=folder(resource, args), claim=claim, keys=secret_name, pair=tls_name, flags=flags
        ),
    }
    return GatewayObjects(
        keys=secret.opaque(
            merge(base, {"name": secret_name}),
            {object_store.ACCESS_KEY: keys.access_key_id, object_store.SECRET_KEY: keys.secret_access_key},
        ),
        certificate=secret.tls(merge(base, {"name": tls_name}), certificate=keys.pair.certificate, key=keys.pair.key),
        deployment=deployment.deployment(base, selector=selector, template=template),
        service=service.service(
            base,
            selector=selector,
            ports=[{"name": gateway_pod.PORT_NAME, "port": gateway_pod.PORT, "targetPort": gateway_pod.PORT_NAME}],
        ),
        network_policy=network_policy.ingress_for_gateway(
            base,
            pods=selector,
            clients=[_CLUSTER_PODS, {"matchLabels": job.STORE_CLIENT}],
            namespaces=client_namespaces(args),
            port=gateway_pod.PORT,
        ),
    )


def _checksums(keys: Keys) -> Manifest:
    """Restarts the gateway with other keys or another certificate, which is public."""
    return {
        "checksum/certificate": lift(certificate.fingerprint, keys.pair.certificate),
        "checksum/keys": lift(digests.of_secrets, [keys.access_key_id, keys.secret_access_key], keys.digest_key),
    }


def _metadata(resource: str, args: BackupStoreArgs) -> Manifest:
    known = name(resource, args)
    common_labels = union(MANAGED_BY_TAU, args.labels)
    # On top, since the gateway is found by them.
    labels = lift(lambda below, above: {**below, **above}, common_labels, _selector(known))
    return metadata(name=known, namespace=args.namespace, labels=labels)


def _selector(known: Input[str]) -> dict[str, Input[str]]:
    return {"app.kubernetes.io/name": "versitygw", "app.kubernetes.io/instance": known}
