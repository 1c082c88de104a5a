"""`tau:postgres:RestoreCheck`: what is wrong with its inputs, as far as they are known."""

from tau import errors, naming
from tau.instance import inputs as instance_inputs
from tau.types.postgres import RestoreCheckArgs
from tau.values import constraints, cron

# The temporary Cluster has six characters more, and the operator's suffixes after that.
LONGEST_NAME = 40
_LONGEST_DATABASE = 63


def check(args: RestoreCheckArgs, problems: errors.Problems) -> None:
    """Note everything that is wrong with the inputs of one RestoreCheck."""
    constraints.check(problems, "instance", args.instance, constraints.instance_name)
    _check_name(args, problems)
    rules = {"namespace": constraints.dns_label, "schedule": cron.five, "database": _database, "query": _query}
    constraints.check_each(problems, "", args, rules)
    instance_inputs.check_storage("storage", args.storage, problems)
    if isinstance(args.timeout_minutes, int) and args.timeout_minutes < 1:
        problems.add("timeoutMinutes", f"{args.timeout_minutes} is too short; use 1 or more")
    constraints.labels(problems, "labels", args.labels)
    if args.network_policy:
        path = "networkPolicy.operatorNamespace"
        constraints.check(problems, path, args.network_policy.operator_namespace, constraints.dns_label)
        _check_clients("networkPolicy.fromCidrs", args.network_policy.from_cidrs, problems)
        _check_clients("networkPolicy.fromNamespaces", args.network_policy.from_namespaces, problems)


def _check_clients(path: str, admitted: object, problems: errors.Problems) -> None:
    if admitted:
        problems.add(path, "is not used: only the check itself connects to its server; remove it")


def _check_name(args: RestoreCheckArgs, problems: errors.Problems) -> None:
    if args.name is not None:
        constraints.check(problems, "name", args.name, _name)
    elif isinstance(args.instance, str) and not constraints.instance_name(args.instance):
        derived = str(naming.restore_check(args.instance))
        reason = _name(derived)
        if reason:
            problems.add("name", f"{derived!r}, derived from the name of the instance, {reason}; set `name`")


def _name(value: str) -> str | None:
    return constraints.dns_label(value, longest=LONGEST_NAME) or constraints.instance_name(value)


def _database(value: str) -> str | None:
    if not value or len(value.encode()) > _LONGEST_DATABASE:
        return f"is not the name of a database; use 1 to {_LONGEST_DATABASE} bytes"
    return None


def _query(value: str) -> str | None:
    return None if value.strip(" \t\r\n;") else "is not a query; use for example `SELECT 1`"
