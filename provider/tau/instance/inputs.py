"""`tau:postgres:Instance`: what is wrong with its inputs, as far as they are known."""

from collections.abc import Mapping
from typing import Any

from tau import errors, naming
from tau.backup import inputs as backup_inputs
from tau.backup import objects as backup
from tau.cleanup import inputs as cleanup_inputs
from tau.instance import memory
from tau.monitoring import inputs as monitoring_inputs
from tau.settings import Settings
from tau.types.postgres import InstanceArgs, NetworkPolicy, ResourceRequirements, Storage
from tau.values import compute_resources, constraints, quantity

_MOST_INSTANCES = 9
_RULES = {
    "name": constraints.instance_name,
    "namespace": constraints.dns_label,
    "version": constraints.postgres_version,
    "image": constraints.image,
}
_NOT_IN_SPEC = {
    "apiVersion": "remove it",
    "kind": "remove it",
    "metadata": "use `name`, `labels` and `annotations`",
    "spec": "set its fields directly under `clusterSpec`",
}

_NEEDED = {
    "bootstrap": "set the method to use instead",
    "imageName": "set `image`, or `imageCatalogRef`",
    "instances": "set `instances`",
    "storage": "set `storage`",
}


def check(resource: str, args: InstanceArgs, problems: errors.Problems, settings: Settings | None = None) -> None:
    """Note everything that is wrong with the inputs of one Instance."""
    known = settings or Settings()
    if args.name is None:
        _check_derived_name(resource, problems)
    constraints.check_each(problems, "", args, _RULES)
    _check_image_against_version(args, problems)
    _check_instances(args.instances, problems)
    check_storage("storage", args.storage, problems)
    check_storage("walStorage", args.wal_storage, problems)
    check_resources(args.resources, problems)
    _check_parameters(args.parameters, problems)
    constraints.labels(problems, "labels", args.labels)
    constraints.annotations(problems, "annotations", args.annotations)
    check_network_policy(args.network_policy, problems)
    check_cluster_spec(args.cluster_spec, problems, version=args.version, image=args.image)
    monitoring_inputs.check(args.monitoring, problems)
    backup_inputs.check(args.backup, args.restore, known, problems)
    cleanup_inputs.check(args.cleanup, problems)
    if backup.archives(args, known):
        backup_inputs.check_archive_timeout(args.parameters, problems)


def _check_derived_name(resource: str, problems: errors.Problems) -> None:
    derived = naming.instance(resource)
    reason = constraints.instance_name(derived)
    if reason:
        problems.add("name", f"{derived!r}, derived from the resource name, {reason}; set `name`")


def _check_image_against_version(args: InstanceArgs, problems: errors.Problems) -> None:
    if isinstance(args.image, str) and isinstance(args.version, str):
        in_image = constraints.image_major(args.image)
        if in_image and in_image != args.version.partition(".")[0]:
            problems.add("version", f"{args.version!r} is not the version of `image` {args.image!r}; remove one")


def _check_instances(count: object, problems: errors.Problems) -> None:
    if isinstance(count, int) and not 1 <= count <= _MOST_INSTANCES:
        problems.add("instances", f"{count} is out of range; use 1 to {_MOST_INSTANCES}")


def check_storage(path: str, storage: Storage | None, problems: errors.Problems) -> None:
    """Note what is wrong with a volume."""
    if storage:
        constraints.check(problems, f"{path}.size", storage.size, quantity.storage_size)
        constraints.check(problems, f"{path}.storageClass", storage.storage_class, constraints.dns_subdomain)


def check_resources(resources: ResourceRequirements | None, problems: errors.Problems) -> None:
    """Note what is wrong with the compute resources of a server."""
    requests, limits = {"cpu": memory.DEFAULT_CPU}, {"memory": memory.DEFAULT_LIMIT}
    compute_resources.check(resources, problems, requests=requests, limits=limits, memory=quantity.memory)


def _check_parameters(parameters: object, problems: errors.Problems) -> None:
    if isinstance(parameters, Mapping):
        for name in parameters:
            constraints.check(problems, errors.key("parameters", name), name, constraints.parameter_name)


def check_network_policy(policy: NetworkPolicy | None, problems: errors.Problems) -> None:
    """Note what is wrong with who may connect to a server."""
    if policy is None:
        return
    constraints.check(problems, "networkPolicy.operatorNamespace", policy.operator_namespace, constraints.dns_label)
    for name, values, rule in (
        ("fromCidrs", policy.from_cidrs, constraints.cidr),
        ("fromNamespaces", policy.from_namespaces, constraints.dns_label),
    ):
        path = f"networkPolicy.{name}"
        for index, value in enumerate(values if isinstance(values, list) else ()):
            constraints.check(problems, f"{path}[{index}]", value, rule)
        if values and not policy.enabled:
            problems.add(path, "is not used with `enabled: false`, which admits everybody; remove one")


def check_cluster_spec(
    spec: object, problems: errors.Problems, *, version: object = None, image: object = None
) -> None:
    """Note what does not belong in the `spec` of a Cluster; the rest is for the operator to judge."""
    if not isinstance(spec, Mapping):
        return
    for name in _NOT_IN_SPEC.keys() & spec.keys():
        problems.add(f"clusterSpec.{name}", f"is not a field of a Cluster's `spec`; {_NOT_IN_SPEC[name]}")
    for name in _NEEDED:
        if name in spec and spec[name] is None and not (name == "imageName" and spec.get("imageCatalogRef")):
            problems.add(f"clusterSpec.{name}", f"cannot be removed, as a Cluster needs it; {_NEEDED[name]}")
    _check_catalog(spec, version, image, problems)


def _check_catalog(spec: Mapping[str, Any], version: object, image: object, problems: errors.Problems) -> None:
    catalog, path = spec.get("imageCatalogRef"), "clusterSpec.imageCatalogRef"
    if not isinstance(catalog, Mapping):
        return
    if image is not None:
        problems.add("image", f"is not used with `{path}`; remove one")
    major = catalog.get("major")
    if major is None:
        problems.add(f"{path}.major", "is not set; use the major version of PostgreSQL, for example `18`")
    elif isinstance(major, int | str):
        constraints.check(problems, f"{path}.major", str(major), constraints.major_version)
        if isinstance(version, str) and version.partition(".")[0] != str(major):
            problems.add("version", f"{version!r} is not the version of `{path}`, {major}; remove `version`")
