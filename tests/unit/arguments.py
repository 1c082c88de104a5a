"""Draws arguments that tau accepts, and stand-ins for parts of them that are known only later."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from hypothesis import strategies as st

from tau import errors, fields
from tau.types import postgres
from tau.values import constraints

T = TypeVar("T")

LABELS = st.from_regex(r"[a-z]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
IDENTIFIERS = st.from_regex(r"[a-z_][a-z0-9_-]{0,40}", fullmatch=True).filter(
    lambda name: not (constraints.database_name(name) or constraints.role_name(name))
)
RESOURCE_NAMES = IDENTIFIERS.filter(lambda name: not name.startswith("-"))
VERSIONS = st.from_regex(r"1[4-8](\.[0-9]{1,2})?", fullmatch=True)
SIZES = st.from_regex(r"[1-9][0-9]?(\.5)?(G|Gi|T|Ti)", fullmatch=True)
MEMORY = st.from_regex(r"[1-9][0-9]{2,3}(M|Mi)", fullmatch=True)
CPU = st.from_regex(r"[1-9][0-9]?0m", fullmatch=True)
PASSWORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1).filter(
    lambda text: constraints.password(text) is None
)


def _map(keys: list[str], values: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(st.sampled_from(keys), values, min_size=1)


STORAGE = st.builds(postgres.Storage, size=st.none() | SIZES, storage_class=st.none() | LABELS)
RESOURCES = st.builds(
    postgres.ResourceRequirements,
    requests=st.none() | st.fixed_dictionaries({}, optional={"cpu": CPU, "memory": MEMORY}),
    limits=st.none() | st.fixed_dictionaries({"memory": MEMORY}, optional={"cpu": CPU}),
)
CLUSTER_SPEC = st.fixed_dictionaries(
    {},
    optional={
        "postgresql": st.just({"parameters": {"max_connections": "50"}}),
        "resources": st.just({"requests": {"cpu": "10m"}}),
        "storage": st.fixed_dictionaries({"resizeInUseVolumes": st.booleans()}),
        "affinity": st.just({"nodeSelector": {"disk": "ssd"}}),
        "description": st.text(max_size=10),
    },
)
STORES = st.builds(
    postgres.Store,
    endpoint=st.sampled_from(["http://nas:7070", "https://s3.example.com"]),
    bucket=st.sampled_from(["postgres", "my.bucket"]),
    prefix=st.none() | st.sampled_from(["home", "home/postgres"]),
    region=st.sampled_from(["us-east-1", "eu-central-1"]),
    access_key_id=st.just("id"),
    secret_access_key=st.just("key"),
)
BACKUPS = st.builds(
    postgres.Backup,
    store=STORES,
    schedule=st.sampled_from(["0 3 * * *", "0 0 3 * * sun", "*/5 1-3 1,15 * *"]),
    retention_days=st.none() | st.integers(min_value=1, max_value=400),
    compression=st.sampled_from(["none", "lz4", "snappy", "gzip", "bzip2"]),
    on_existing_archive=st.sampled_from(["fail", "restore", "newGeneration"]),
)
RESTORES = st.builds(
    postgres.Restore,
    from_=st.none() | LABELS,
    server_name=st.none() | st.just("postgres-old-15-1"),
    store=st.none() | STORES,
    backup_id=st.none() | st.just("20261101T030000"),
    target_time=st.none() | st.just("2026-11-01T02:59:00+01:00"),
)
NETWORK_POLICIES = st.builds(postgres.NetworkPolicy, enabled=st.booleans(), operator_namespace=LABELS)
LENGTHS = st.from_regex(r"[1-9][0-9]?[mhd]", fullmatch=True)
MONITORINGS = st.builds(
    postgres.Monitoring,
    pod_monitor=st.booleans(),
    prometheus_rule=st.booleans(),
    dashboard=st.booleans(),
    labels=st.none() | _map(["release", "example.com/b"], st.from_regex(r"[a-z0-9]{0,5}", fullmatch=True)),
    prometheus_namespace=LABELS,
    interval=LENGTHS,
    down_after=LENGTHS,
    archive_max_delay=LENGTHS,
    backup_max_age=LENGTHS,
    restore_check_max_age=LENGTHS,
    volume_max_used=st.integers(min_value=1, max_value=99),
)
INSTANCES = st.builds(
    postgres.InstanceArgs,
    annotations=st.none() | _map(["example.com/a", "b"], st.text(max_size=10)),
    backup=st.none() | BACKUPS,
    cluster_spec=st.none() | CLUSTER_SPEC,
    image=st.none() | VERSIONS.map(lambda version: f"registry.example/postgresql:{version}"),
    instances=st.integers(min_value=1, max_value=9),
    labels=st.none() | _map(["team", "example.com/b"], st.from_regex(r"[a-z0-9]{0,5}", fullmatch=True)),
    monitoring=st.none() | MONITORINGS,
    name=st.none() | LABELS,
    namespace=LABELS,
    network_policy=st.none() | NETWORK_POLICIES,
    parameters=st.none() | _map(["work_mem", "max_connections", "pg_stat_statements.max"], st.just("16")),
    resources=st.none() | RESOURCES,
    restore=st.none() | RESTORES,
    storage=st.none() | STORAGE,
    superuser_access=st.booleans(),
    version=st.none(),
    wal_storage=st.none() | STORAGE,
)
ATTRIBUTES = st.builds(
    postgres.RoleAttributes,
    superuser=st.none() | st.booleans(),
    createdb=st.none() | st.booleans(),
    inherit=st.none() | st.booleans(),
)
DEDICATED = st.builds(
    postgres.DatabaseArgs,
    owner_attributes=st.none() | ATTRIBUTES,
    cluster_spec=st.none() | CLUSTER_SPEC,
    extensions=st.none() | st.lists(st.sampled_from(["citext", "pg_trgm", "vector"]), min_size=1, unique=True),
    monitoring=st.none() | MONITORINGS,
    name=st.none() | IDENTIFIERS,
    namespace=LABELS,
    owner=st.none() | IDENTIFIERS,
    password=st.none() | PASSWORDS,
    resources=st.none() | RESOURCES,
    storage_size=st.none() | SIZES,
    version=st.none() | VERSIONS,
)
SHARED = st.builds(
    postgres.DatabaseArgs,
    owner_attributes=st.none() | ATTRIBUTES,
    extensions=st.none() | st.lists(st.sampled_from(["citext", "pg_trgm", "vector"]), min_size=1, unique=True),
    instance=LABELS,
    name=st.none() | IDENTIFIERS,
    namespace=LABELS,
    owner=st.none() | IDENTIFIERS,
    password=st.none() | PASSWORDS,
)


def accepted(check: Callable[..., None], resource: str, args: object) -> bool:
    """Whether tau has nothing against the arguments."""
    problems = errors.Problems()
    check(resource, args, problems)
    return not problems


def deferred(args: T, chosen: st.DataObject, *, keep: tuple[str, ...] = ()) -> T:
    """The same arguments, with some of the values that may be unknown in a preview standing in as Deferred."""
    changed: dict[str, Any] = {}
    for one in dataclasses.fields(args):  # type: ignore[arg-type]
        value = getattr(args, one.name)
        if dataclasses.is_dataclass(value):
            changed[one.name] = deferred(value, chosen)
        elif value is not None and not isinstance(value, bool) and one.name not in keep:
            changed[one.name] = _stand_in(value, chosen)
    return dataclasses.replace(args, **changed)  # type: ignore[type-var]


def _stand_in(value: Any, chosen: st.DataObject) -> Any:
    # Nothing, while unknown, leaves an empty list behind, which Kubernetes reads like none; the decoder tells the parts
    # of an unknown object apart.
    if value in ({}, []) or dataclasses.is_dataclass(value):
        return value
    how = chosen.draw(st.sampled_from(["known", "deferred", "secret", "within"]))
    if how == "deferred":
        return fields.Deferred(handle=value)
    if how == "within" and isinstance(value, Mapping):
        return {key: _stand_in(item, chosen) for key, item in value.items()}
    if how == "within" and isinstance(value, list):
        return [_stand_in(item, chosen) for item in value]
    return fields.Secret(handle=None, value=value) if how == "secret" and isinstance(value, str) else value
