"""The volumes and files of an application: claims to make, what the Pod has, and where it is mounted."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tau import naming
from tau.application.identity import Identity
from tau.fields import Input, lift
from tau.kubernetes.kinds import config_map, persistent_volume, persistent_volume_claim, secret, storage_class
from tau.kubernetes.manifest import Manifest, Parts, metadata, parts
from tau.settings import Settings
from tau.types.app import TauApplicationArgs, Volume
from tau.values import share

CONFIG_FILES, SECRET_FILES = "config-files", "secret-files"
"""Names of the volumes with files."""

_NOMINAL_SIZE = "1Gi"


@dataclass(frozen=True)
class Mounts:
    """`volumes` of a Pod, `volumeMounts` of its container, and the objects they need."""

    volumes: list[Manifest] = field(default_factory=list)
    volume_mounts: list[Manifest] = field(default_factory=list)
    objects: Parts = field(default_factory=dict)


def mounts(
    identity: Identity, args: TauApplicationArgs, settings: Settings, bound: Mapping[str, str] | None = None
) -> Mounts:
    """Everything that is mounted, in the order in which it is listed; files come last.

    `bound` are the names of PersistentVolumes that live claims are bound to, by claim.
    """
    result = Mounts()
    for volume in args.volumes or []:
        name = volume.name or naming.volume(volume.mount_path)
        result.volumes.append({"name": name, **_source(identity, volume, name)})
        result.volume_mounts.append(_mount(volume, name))
        result.objects.update(_objects(identity, volume, name, settings, bound or {}))
    _add_files(identity, args, result)
    return result


def _source(identity: Identity, volume: Volume, name: str) -> Manifest:
    if volume.empty_dir:
        return {"emptyDir": {}}
    # The `restricted` Pod Security Standard has no NFS in a Pod itself, only through a claim.
    claim = volume.existing_claim or naming.application_part(identity.name, name)
    return {"persistentVolumeClaim": {"claimName": claim}}


def _mount(volume: Volume, name: str) -> Manifest:
    mount: Manifest = {"name": name, "mountPath": volume.mount_path}
    if volume.sub_path is not None:
        mount["subPath"] = volume.sub_path
    if volume.read_only is not False:
        mount["readOnly"] = volume.read_only
    return mount


def _objects(identity: Identity, options: Volume, name: str, settings: Settings, bound: Mapping[str, str]) -> Parts:
    claim = naming.application_part(identity.name, name)
    if options.nfs:
        live = bound.get(claim) if isinstance(claim, str) else None
        volume = live or naming.persistent_volume(identity.namespace, claim)
        volume_metadata = metadata(name=volume, labels=identity.labels)
        volume_of_share = persistent_volume.nfs(
            volume_metadata,
            server=lift(share.address, options.nfs.server),
            path=options.nfs.path,
            mount_options=options.nfs.mount_options,
            size=_NOMINAL_SIZE,
            claim=claim,
            namespace=identity.namespace,
        )
        modes = [persistent_volume.READ_WRITE_MANY]
        bound_claim = _claim(identity, claim, _NOMINAL_SIZE, "", modes, volume)
        return parts((f"{name}-share", volume_of_share), (name, bound_claim))
    if options.size is not None:
        wanted = options.storage_class or settings.postgres_storage_class or storage_class.LONGHORN
        return parts((name, _claim(identity, claim, options.size, wanted, access_modes(options))))
    return {}


def _claim(
    identity: Identity,
    name: Input[str],
    size: Input[str],
    wanted_class: Input[str],
    modes: Input[list[str]],
    volume: Input[str] | None = None,
) -> Manifest:
    claim_metadata = identity.metadata(name)
    return persistent_volume_claim.claim(
        claim_metadata, size=size, storage_class=wanted_class, access_modes=modes, volume=volume
    )


def access_modes(volume: Volume) -> Input[list[str]]:
    """Access modes of a claim, new or existing."""
    return ["ReadWriteOnce"] if volume.access_modes is None else volume.access_modes


def _add_files(identity: Identity, args: TauApplicationArgs, result: Mounts) -> None:
    for volume, files in ((CONFIG_FILES, args.config_files), (SECRET_FILES, args.secret_files)):
        if not files or not isinstance(files, Mapping):
            continue
        if volume == CONFIG_FILES:
            name = naming.application_part(identity.name, "config")
            written = config_map.config_map(identity.metadata(name), _contents(files))
            result.objects.update(parts(("config", written)))
            source: Manifest = {"configMap": {"name": name}}
        else:
            keys = [{"key": naming.file_key(path), "path": naming.file_key(path)} for path in sorted(files)]
            source = {"secret": {"secretName": secret_name(identity), "items": keys}}
        result.volumes.append({"name": volume, **source})
        # One mount for each file, so that what the image has in the same folder stays visible.
        result.volume_mounts.extend(
            {"name": volume, "mountPath": path, "subPath": naming.file_key(path), "readOnly": True}
            for path in sorted(files)
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
    claims = (volume for volume in args.volumes or [] if volume.existing_claim is not None or volume.size is not None)
    return any(volume.read_only is not True for volume in claims)
