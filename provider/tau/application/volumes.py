"""The volumes and files of an application: claims to make, what the Pod has, and where it is mounted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tau import naming
from tau.application.identity import Identity
from tau.fields import Input, lift
from tau.kubernetes.kinds import config_map, deployment, persistent_volume, persistent_volume_claim, secret
from tau.kubernetes.manifest import Manifest, metadata
from tau.settings import Settings
from tau.types.app import TauApplicationArgs, Volume
from tau.values import share

CONFIG_FILES, SECRET_FILES = "config-files", "secret-files"
"""Names of the volumes with files."""

_NOMINAL_SIZE = "1Gi"


@dataclass(frozen=True)
class Mounts:
    """`volumes` of a Pod, `volumeMounts` of its container, and the objects they need, by logical suffix."""

    volumes: list[Manifest] = field(default_factory=list)
    volume_mounts: list[Manifest] = field(default_factory=list)
    objects: dict[str, Manifest] = field(default_factory=dict)


def mounts(
    identity: Identity, args: TauApplicationArgs, settings: Settings, bound: Mapping[str, str] | None = None
) -> Mounts:
    """Everything that is mounted, in the order in which it is listed; files come last.

    `bound` are the names of PersistentVolumes that live claims are bound to, by claim.
    """
    found = Mounts()
    for given in args.volumes or []:
        name = given.name or naming.volume(given.mount_path)
        found.volumes.append({"name": name, **_source(identity, given, name)})
        found.volume_mounts.append(_mount(given, name))
        found.objects.update(_objects(identity, given, name, settings, bound or {}))
    _add_files(identity, args, found)
    return found


def _source(identity: Identity, given: Volume, name: str) -> Manifest:
    if given.empty_dir:
        return {"emptyDir": {}}
    # The `restricted` Pod Security Standard has no NFS in a Pod itself, only through a claim.
    claim = given.existing_claim or naming.application_part(identity.name, name)
    return {"persistentVolumeClaim": {"claimName": claim}}


def _mount(given: Volume, name: str) -> Manifest:
    found: Manifest = {"name": name, "mountPath": given.mount_path}
    if given.sub_path is not None:
        found["subPath"] = given.sub_path
    if given.read_only is not False:
        found["readOnly"] = given.read_only
    return found


def _objects(
    identity: Identity, given: Volume, name: str, settings: Settings, bound: Mapping[str, str]
) -> dict[str, Manifest]:
    claim = naming.application_part(identity.name, name)
    if given.nfs:
        live = bound.get(claim) if isinstance(claim, str) else None
        volume = live or naming.persistent_volume(identity.namespace, claim)
        about = metadata(name=volume, labels=identity.labels)
        volume_of_share = persistent_volume.nfs(
            about,
            server=lift(share.address, given.nfs.server),
            path=given.nfs.path,
            mount_options=given.nfs.mount_options,
            size=_NOMINAL_SIZE,
            claim=claim,
            namespace=identity.namespace,
        )
        modes = [persistent_volume.READ_WRITE_MANY]
        return {f"{name}-share": volume_of_share, name: _claim(identity, claim, _NOMINAL_SIZE, "", modes, volume)}
    if given.size is not None:
        storage_class = given.storage_class or settings.postgres_storage_class
        return {name: _claim(identity, claim, given.size, storage_class, access_modes(given))}
    return {}


def _claim(
    identity: Identity,
    name: Input[str],
    size: Input[str],
    storage_class: Input[str],
    modes: Input[list[str]],
    volume: Input[str] | None = None,
) -> Manifest:
    about = identity.metadata(name)
    return persistent_volume_claim.claim(
        about, size=size, storage_class=storage_class, access_modes=modes, volume=volume
    )


def access_modes(given: Volume) -> Input[list[str]]:
    """Access modes of a claim, new or existing."""
    return ["ReadWriteOnce"] if given.access_modes is None else given.access_modes


def _add_files(identity: Identity, args: TauApplicationArgs, found: Mounts) -> None:
    for volume, given in ((CONFIG_FILES, args.config_files), (SECRET_FILES, args.secret_files)):
        if not given or not isinstance(given, Mapping):
            continue
        if volume == CONFIG_FILES:
            name = naming.application_part(identity.name, "config")
            found.objects["config"] = config_map.config_map(identity.metadata(name), _contents(given))
            source: Manifest = {"configMap": {"name": name}}
        else:
            keys = [{"key": naming.file_key(path), "path": naming.file_key(path)} for path in sorted(given)]
            source = {"secret": {"secretName": secret_name(identity), "items": keys}}
        found.volumes.append({"name": volume, **source})
        # One mount for each file, so that what the image has in the same folder stays visible.
        found.volume_mounts.extend(
            {"name": volume, "mountPath": path, "subPath": naming.file_key(path), "readOnly": True}
            for path in sorted(given)
        )


def _contents(files: Mapping[str, Input[str]]) -> dict[str, Input[str]]:
    return {naming.file_key(path): files[path] for path in sorted(files)}


def secret_name(identity: Identity) -> Input[str]:
    """Name of the Secret with the application's own credentials."""
    return naming.application_part(identity.name, "secret")


def own_secret(identity: Identity, args: TauApplicationArgs) -> Manifest | None:
    """The Secret with `secretEnv` and `secretFiles`, if there is anything in them."""
    variables, files = args.secret_env or {}, args.secret_files or {}
    data: dict[str, Input[str]] = {**variables} if isinstance(variables, Mapping) else {}
    data.update(_contents(files) if isinstance(files, Mapping) else {})
    return secret.opaque(identity.metadata(secret_name(identity)), data) if data else None


def has_claim(args: TauApplicationArgs) -> bool:
    """Whether the Pods write to a claim, new or existing; on a share of a NAS the NAS decides who may write."""
    claims = (one for one in args.volumes or [] if one.existing_claim is not None or one.size is not None)
    return any(one.read_only is not True for one in claims)


def strategy(args: TauApplicationArgs) -> Input[Mapping[str, Any]]:
    """How new Pods replace old ones: one after the other where they share a claim for one node."""
    claims = [one for one in args.volumes or [] if one.existing_claim is not None or one.size is not None]
    return lift(_strategy, [access_modes(one) for one in claims])


def _strategy(modes: list[list[str]]) -> Mapping[str, Any]:
    alone = any(persistent_volume_claim.ONE_NODE & set(one) for one in modes)
    return deployment.ONE_AFTER_THE_OTHER if alone else deployment.SIDE_BY_SIDE
