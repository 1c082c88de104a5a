"""`tau:app:TauApplication`: what is wrong with its inputs, as far as they are known."""

import re
from collections.abc import Mapping

from tau import errors, naming
from tau.application import databases as application_databases
from tau.application import environment_inputs, network_inputs, volume_inputs, workload_inputs
from tau.settings import Settings
from tau.types.app import Database, TauApplicationArgs
from tau.values import constraints

_OWN_LABELS = frozenset(naming.application_labels("any"))
_KEY = re.compile(r"[a-z]([a-z0-9_-]*[a-z0-9])?")


def check(resource: str, args: TauApplicationArgs, settings: Settings, problems: errors.Problems) -> None:
    """Note everything that is wrong with the inputs of one application, but for its databases' own."""
    _check_name(resource, args, problems)
    constraints.check(problems, "namespace", args.namespace, constraints.dns_label)
    _check_labels(args, problems)
    _check_databases(args, problems)
    environment_inputs.check(args, problems)
    volume_inputs.check(args, problems)
    network_inputs.check(args, settings, problems)
    workload_inputs.check(args, problems)


def _check_name(resource: str, args: TauApplicationArgs, problems: errors.Problems) -> None:
    name = resource if args.name is None else args.name
    reason = _name(name) if isinstance(name, str) else None
    if reason:
        origin, remedy = (", the resource name,", "; or set `name`") if args.name is None else ("", "")
        problems.add("name", f"{name!r}{origin} {reason}{remedy}")


def _name(value: str) -> str | None:
    if value and value[0].isdigit():
        return "starts with a digit; a Service is named after it, so start with a letter"
    return constraints.dns_label(value)


def _check_labels(args: TauApplicationArgs, problems: errors.Problems) -> None:
    constraints.labels(problems, "labels", args.labels)
    for key in sorted(_OWN_LABELS & set(args.labels)) if isinstance(args.labels, Mapping) else ():
        problems.add(errors.key("labels", key), "is set by tau to select Pods; choose another label")
    constraints.labels(problems, "namespaceLabels", args.namespace_labels)
    if args.namespace_labels and args.create_namespace is False:
        problems.add("namespaceLabels", "is not used with `createNamespace: false`; remove one")


def _check_databases(args: TauApplicationArgs, problems: errors.Problems) -> None:
    entries = args.databases if isinstance(args.databases, Mapping) else {}
    prefixes: dict[str, str] = {}
    for key, database in sorted(entries.items()):
        path = errors.below("databases", key)
        if key == application_databases.DEFAULT_KEY and args.database:
            # Not the advice to drop one of them: a database that leaves the program leaves its data.
            problems.add(path, f"{key!r} sets the same variables as `database`; rename this entry")
        if not _KEY.fullmatch(key):
            problems.add(path, f"{key!r} is not usable in names; use lower-case letters, digits, `-` and `_`")
        other = prefixes.setdefault(naming.variable_prefix(key), key)
        if other != key:
            clash = f"{naming.variable_prefix(key)}DATABASE_URL"
            problems.add(path, f"{key!r} sets the same variables as {other!r}, {clash} and so on; rename one")
        _check_namespace(path, database, args, problems)
    if args.database:
        _check_namespace("database", args.database, args, problems)


def _check_namespace(path: str, database: Database, args: TauApplicationArgs, problems: errors.Problems) -> None:
    own, shared = database.namespace, args.namespace
    if isinstance(own, str) and isinstance(shared, str) and own != shared:
        problems.add(
            f"{path}.namespace",
            f"{own!r} is not the application's namespace {shared!r}; a database, its instance and its application live "
            "in one namespace",
        )
