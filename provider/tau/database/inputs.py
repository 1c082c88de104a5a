"""`tau:postgres:Database`: what is wrong with its inputs, as far as they are known."""

from tau import errors, naming
from tau.backup import inputs as backup_inputs
from tau.cleanup import inputs as cleanup_inputs
from tau.credentials import rotation
from tau.database import role_attributes
from tau.fields import Deferred
from tau.instance import inputs as instance_inputs
from tau.monitoring import inputs as monitoring_inputs
from tau.settings import Settings
from tau.types.postgres import DatabaseArgs
from tau.values import constraints, quantity


def check(resource: str, args: DatabaseArgs, problems: errors.Problems, settings: Settings | None = None) -> None:
    """Note everything that is wrong with the inputs of one Database."""
    _check_name(resource, args, problems)
    constraints.check(problems, "namespace", args.namespace, constraints.dns_label)
    constraints.check(problems, "owner", args.owner, constraints.role_name)
    role_attributes.check("ownerAttributes", args.owner_attributes, args.owner or args.name or resource, problems)
    constraints.check(problems, "password", args.password, constraints.password, show=False)
    constraints.check(problems, "instance", args.instance, constraints.instance_name)
    _check_extensions(args.extensions, problems)
    constraints.check(problems, "version", args.version, constraints.postgres_version)
    constraints.check(problems, "storageSize", args.storage_size, quantity.storage_size)
    instance_inputs.check_resources(args.resources, problems)
    instance_inputs.check_cluster_spec(args.cluster_spec, problems, version=args.version)
    if args.instance is None:
        instance_inputs.check_network_policy(args.network_policy, problems)
        monitoring_inputs.check(args.monitoring, problems)
        backup_inputs.check(args.backup, args.restore, settings or Settings(), problems)
        cleanup_inputs.check(args.cleanup, problems)
    rotation.check(
        problems,
        rotation=args.password_rotation,
        overlap=args.password_overlap,
        password=args.password,
        owner=args.owner or args.name or resource,
        owner_path="owner" if args.owner else "name",
    )
    _check_against_shared_instance(args, problems)


def _check_name(resource: str, args: DatabaseArgs, problems: errors.Problems) -> None:
    if args.owner and isinstance(args.name, Deferred):
        problems.add(
            "name",
            "must be known during preview, because with `owner` it determines which roles exist; use a literal value",
        )
    name = resource if args.name is None else args.name
    if not isinstance(name, str):
        return
    # Its name is a role's too: the owner's, or that of the group through which another owner gets in.
    reason = constraints.database_name(name) or constraints.role_name(name)
    if not reason and not args.instance:
        reason = constraints.instance_name(naming.instance(name))
        reason = reason and f"gives the instance name {naming.instance(name)!r}, which {reason}"
    if reason:
        origin, remedy = (", the resource name,", "; or set `name`") if args.name is None else ("", "")
        problems.add("name", f"{name!r}{origin} {reason}{remedy}")


def _check_extensions(extensions: object, problems: errors.Problems) -> None:
    if not isinstance(extensions, list):
        return
    for index, name in enumerate(extensions):
        constraints.check(problems, f"extensions[{index}]", name, constraints.extension_name)
        if isinstance(name, str) and name in extensions[:index]:
            problems.add(f"extensions[{index}]", f"{name!r} is listed twice; remove one")


def _check_against_shared_instance(args: DatabaseArgs, problems: errors.Problems) -> None:
    if not args.instance:
        return
    options = {
        "backup": args.backup,
        "cleanup": args.cleanup,
        "clusterSpec": args.cluster_spec,
        "monitoring": args.monitoring,
        "networkPolicy": args.network_policy,
        "resources": args.resources,
        "restore": args.restore,
        "storageSize": args.storage_size,
        "version": args.version,
    }
    for name, value in options.items():
        if value is not None:
            problems.add(name, "belongs to a dedicated instance; with `instance` set it on that Instance instead")
