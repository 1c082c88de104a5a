"""Volumes and files of an application: what is wrong with them, as far as they are known."""

import posixpath
from collections.abc import Mapping

from tau import errors, fields, naming
from tau.application import database_ca, network_inputs
from tau.application import volumes as application_volumes
from tau.kubernetes.kinds import config_map, persistent_volume_claim
from tau.types.app import TauApplicationArgs, Volume
from tau.values import choice, constraints, quantity, share

_KINDS = {"size": "size", "nfs": "nfs", "existingClaim": "existing_claim", "emptyDir": "empty_dir"}
_ACCESS_MODES = ("ReadWriteOnce", "ReadWriteMany", "ReadOnlyMany", "ReadWriteOncePod")
_RESERVED = (application_volumes.CONFIG_FILES, application_volumes.SECRET_FILES, database_ca.VOLUME)


def check(args: TauApplicationArgs, problems: errors.Problems) -> None:
    """Note what is wrong with `volumes`, `configFiles` and `secretFiles`."""
    volumes = args.volumes if isinstance(args.volumes, list) else []
    for index, volume in enumerate(volumes):
        _check_volume(f"volumes[{index}]", volume, problems)
    _check_names(volumes, problems)
    for path, files in (("configFiles", args.config_files), ("secretFiles", args.secret_files)):
        _check_files(path, files, problems)
    _check_mount_paths(args, volumes, problems)
    _check_replicas(args, volumes, problems)


def _check_volume(path: str, volume: Volume, problems: errors.Problems) -> None:
    rules = {"mountPath": absolute_path, "subPath": relative_path, "name": constraints.dns_label}
    constraints.check_each(problems, path, volume, rules)
    if volume.name in _RESERVED:
        problems.add(f"{path}.name", f"{volume.name!r} is the name of a volume of tau's own; choose another one")
    _check_kind(path, volume, problems)
    constraints.check(problems, f"{path}.size", volume.size, quantity.positive)
    names = {"storageClass": constraints.dns_subdomain, "existingClaim": constraints.dns_subdomain}
    constraints.check_each(problems, path, volume, names)
    for index, mode in enumerate(volume.access_modes if isinstance(volume.access_modes, list) else ()):
        network_inputs.check_choice(f"{path}.accessModes[{index}]", mode, _ACCESS_MODES, problems)
    if volume.access_modes == []:
        problems.add(f"{path}.accessModes", "is empty; use for example `[ReadWriteMany]`")
    if volume.nfs:
        constraints.check(problems, f"{path}.nfs.server", volume.nfs.server, share.server)
        constraints.check(problems, f"{path}.nfs.path", volume.nfs.path, share.exported_path)


def _check_kind(path: str, volume: Volume, problems: errors.Problems) -> None:
    kinds = choice.present({name: getattr(volume, attribute) for name, attribute in _KINDS.items()})
    if len(kinds) != 1:
        reason = f"has {' and '.join(f'`{name}`' for name in kinds)}" if kinds else "has no volume type"
        problems.add(path, f"{reason}; set exactly one of {', '.join(f'`{name}`' for name in _KINDS)}")
    if volume.storage_class is not None and volume.size is None:
        problems.add(f"{path}.storageClass", "belongs to a new claim, which has a `size`; remove it, or set `size`")
    if volume.access_modes is not None and (volume.nfs or volume.empty_dir):
        problems.add(f"{path}.accessModes", "belongs to a claim; remove it")


def _check_names(volumes: list[Volume], problems: errors.Problems) -> None:
    seen: dict[str, int] = {}
    for index, volume in enumerate(volumes):
        if not isinstance(volume.mount_path, str):
            continue
        name = volume.name or naming.volume(volume.mount_path)
        first = seen.setdefault(name, index)
        if first != index:
            problems.add(
                f"volumes[{index}].name", f"{name!r} is the name of volumes[{first}] too; set `name` on one of them"
            )


def _check_mount_paths(args: TauApplicationArgs, volumes: list[Volume], problems: errors.Problems) -> None:
    seen: dict[str, str] = {}
    paths = [(f"volumes[{index}].mountPath", volume.mount_path) for index, volume in enumerate(volumes)]
    for path, files in (("configFiles", args.config_files), ("secretFiles", args.secret_files)):
        paths += [(errors.key(path, name), name) for name in (files if isinstance(files, Mapping) else ())]
    for path, mounted in paths:
        if not isinstance(mounted, str):
            continue
        other = seen.setdefault(posixpath.normpath(mounted), path)
        if other != path:
            problems.add(path, f"{mounted!r} is mounted by {other} already; choose another path")


def _check_files(path: str, files: object, problems: errors.Problems) -> None:
    if isinstance(files, fields.Deferred):
        reason = "must be known during preview, because it determines which files are created; use literal paths"
        problems.add(path, reason)
    if not isinstance(files, Mapping):
        return
    for name in files:
        constraints.check(problems, errors.key(path, name), name, file_path)
    known = [content.value if isinstance(content, fields.Secret) else content for content in files.values()]
    size = sum(len(content.encode()) for content in known if isinstance(content, str))
    if size > config_map.MOST_BYTES:
        problems.add(path, f"has {size} bytes; Kubernetes allows at most {config_map.MOST_BYTES}, so use a volume")


def _check_replicas(args: TauApplicationArgs, volumes: list[Volume], problems: errors.Problems) -> None:
    if not isinstance(args.replicas, int) or args.replicas < 2:
        return
    for index, volume in enumerate(volumes):
        modes = application_volumes.access_modes(volume)
        if volume.size is not None and isinstance(modes, list) and persistent_volume_claim.ONE_NODE & set(modes):
            problems.add(
                "replicas",
                f"{args.replicas} Pods cannot share volumes[{index}], which one node mounts at a time; set its "
                "`accessModes: [ReadWriteMany]`, or use 1",
            )


def absolute_path(value: str) -> str | None:
    """A folder of the container, but not its root."""
    if not value.startswith("/") or posixpath.normpath(value) == "/" or ".." in value.split("/") or ":" in value:
        return "is not an absolute path below `/`; use for example `/data`"
    return None


def file_path(value: str) -> str | None:
    """A file of the container."""
    reason = absolute_path(value)
    return "names a folder; add the name of a file" if not reason and value.endswith("/") else reason


def relative_path(value: str) -> str | None:
    """A path within a volume."""
    if not value or value.startswith("/") or ".." in value.split("/"):
        return "is not a path within the volume; use for example `media/films`"
    return None
