"""`tau:postgres:BackupStore`: what is wrong with its inputs, as far as they are known."""

import re

from tau import errors
from tau.credentials import rotation
from tau.settings import Settings
from tau.store import gateway_pod, s3
from tau.store import objects as store_objects
from tau.types.postgres import BackupStoreArgs, NfsShare, Store
from tau.values import choice, compute_resources, constraints, share

_FORMS = {"nfs": "nfs", "volumeClaim": "volume_claim", "s3": "s3"}
_LONGEST_NAME = 40
_MOST = 2**31 - 1


def check(resource: str, args: BackupStoreArgs, settings: Settings, problems: errors.Problems) -> None:
    """Note everything that is wrong with the inputs of one BackupStore."""
    if args.name is None and _name(resource):
        problems.add("name", f"{resource!r}, the resource name, {_name(resource)}; set `name`")
    constraints.check(problems, "name", args.name, _name)
    constraints.check(problems, "namespace", args.namespace, constraints.dns_label)
    constraints.check(problems, "image", args.image, _image)
    constraints.labels(problems, "labels", args.labels)
    _check_form(args, settings, problems)
    constraints.check(problems, "folder", args.folder, share.folder)
    constraints.check(problems, "keyRotation", args.key_rotation, rotation.occasion)
    check_namespaces("clientNamespaces", args.client_namespaces, problems)
    _check_number("runAsUser", args.run_as_user, 1, problems)
    _check_number("runAsGroup", args.run_as_group, 0, problems)
    requests, limits = gateway_pod.DEFAULT_REQUESTS, gateway_pod.DEFAULT_LIMITS
    compute_resources.check(args.resources, problems, requests=requests, limits=limits)


def check_namespaces(path: str, namespaces: object, problems: errors.Problems) -> None:
    """Note what is wrong with a list of namespaces."""
    for index, name in enumerate(namespaces if isinstance(namespaces, list) else ()):
        constraints.check(problems, f"{path}[{index}]", name, constraints.dns_label)


def _name(value: str) -> str | None:
    return constraints.instance_name(value) or constraints.dns_label(value, longest=_LONGEST_NAME)


def _image(value: str) -> str | None:
    return None if re.fullmatch(r"\S+", value) else "is not the name of an image"


def _check_form(args: BackupStoreArgs, settings: Settings, problems: errors.Problems) -> None:
    forms = {name: getattr(args, field) for name, field in _FORMS.items()}
    reason = "is set together with `{first}`, but a store has one location; remove one"
    chosen = choice.at_most_one(problems, "", forms, reason)
    if not chosen and store_objects.nfs(args, settings) is None:
        problems.add(
            "nfs",
            "is missing; set one of `nfs`, `volumeClaim` and `s3`, or set `postgres_backup_nfs_path` in the "
            "configuration, for example to `nas.local:/volume1/backups`",
        )
    if args.nfs:
        _check_nfs(args.nfs, problems)
    if args.volume_claim:
        constraints.check(problems, "volumeClaim.name", args.volume_claim.name, constraints.dns_subdomain)
    if args.s3:
        _check_service(args, args.s3, problems)


def _check_service(args: BackupStoreArgs, used: Store, problems: errors.Problems) -> None:
    s3.check("s3", used, problems)
    if args.folder is not None:
        problems.add("folder", "is a folder on a share, and `s3` has none; use `s3.prefix`")
    if args.client_namespaces is not None:
        problems.add("clientNamespaces", "restricts access to a gateway, and `s3` has none; remove it")
    if args.key_rotation is not None:
        problems.add("keyRotation", "applies to the keys of a gateway, and those of `s3` are yours; change them there")


def _check_nfs(used: NfsShare, problems: errors.Problems) -> None:
    constraints.check(problems, "nfs.server", used.server, share.server)
    constraints.check(problems, "nfs.path", used.path, share.exported_path)
    for index, option in enumerate(used.mount_options if isinstance(used.mount_options, list) else ()):
        constraints.check(problems, f"nfs.mountOptions[{index}]", option, _mount_option)


def _mount_option(value: str) -> str | None:
    return None if re.fullmatch(r"[^\s,]+", value) else "is not a single mount option; use for example `nfsvers=4.1`"


def _check_number(path: str, value: object, least: int, problems: errors.Problems) -> None:
    if isinstance(value, int) and not least <= value <= _MOST:
        root = "; the gateway does not run as root, so let the share belong to another user" if value == 0 else ""
        problems.add(path, f"{value} is out of range; use {least} to {_MOST}{root}")
