"""What a Construct, a Check or a call of a function does with inputs before it asks anybody: it decodes them, notes
what is wrong with them and, where nothing is, makes the objects. Here without the engine, for many inputs at once."""

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf import struct_pb2

from tau import errors, fields
from tau.application import databases as application_databases
from tau.application import inputs as application_inputs
from tau.application import objects as application
from tau.backup import objects as backup
from tau.cleanup import objects as cleanup
from tau.database import inputs as database_inputs
from tau.database import objects as database
from tau.engine import property_map
from tau.instance import inputs as instance_inputs
from tau.instance import objects as instance
from tau.kubernetes import api as kubernetes_api
from tau.operator import objects as operator
from tau.plugin import registry, secret_inputs
from tau.resource import contract
from tau.restore_check import inputs as restore_check_inputs
from tau.restore_check import objects as restore_check
from tau.settings import Settings
from tau.store import inputs as store_inputs
from tau.store import objects as store_objects
from tests.unit import application_arguments, schema_values

SETTINGS = Settings(postgres_backup_nfs_path="nas.local:/volume1/backups", domain="example.com")
RECORDED: Mapping[str, Any] = {
    "digestKey": "random",
    "generation": 2,
    "ownerPassword": "x",
    "password": "x",
    "renewFrom": "2030-01-01T00:00:00+00:00",
    "rotation": "a",
    "secondPassword": "y",
    "username": "shop",
    "value": "x",
}
NAME = "shop"


def judged(token: str, inputs: struct_pb2.Struct) -> list[errors.Problem]:
    """Every problem that inputs have; what is made of inputs without one is settled as far as it is known."""
    problems = errors.Problems()
    hidden = secret_inputs.find(schema_values.SCHEMA, token, inputs)
    problems.conceal(hidden.concealed)
    args = property_map.Decoder(schema_values.SCHEMA, problems).arguments(token, inputs)
    if token in _COMPONENTS:
        secret_inputs.refuse(hidden, token, problems)
        _COMPONENTS[token](args, problems)
    elif token in schema_values.SCHEMA["resources"]:
        resource = registry.custom_resource(token)
        assert resource
        made = resource(lambda *_: kubernetes_api.NoCluster())
        made.check(args, problems)
        made.difference(frozenset(vars(args)), RECORDED)
    contract.revealed(args)
    return list(problems)


def settled(value: Any) -> Any:
    """A value with everything computed that is known."""
    match value:
        case fields.Computed():
            inputs = [settled(one) for one in value.inputs]
            return value if any(map(fields.contains_deferred, inputs)) else settled(value.function(*inputs))
        case fields.Secret():
            return value.value
        case Mapping():
            return {key: settled(item) for key, item in value.items()}
        case list() | tuple():
            return [settled(item) for item in value]
        case _:
            return value


def _application(args: Any, problems: errors.Problems) -> None:
    application_inputs.check(NAME, args, SETTINGS, problems)
    for one in application_databases.databases(NAME, args.name or NAME, args):
        found = errors.Problems()
        database_inputs.check(one.resource, one.args, found, SETTINGS)
        for problem in found:
            problems.add(f"{one.path}.{problem.path}", problem.reason, secret=problem.secret)
    if problems:
        return
    key = "key" if application.digests_secrets(args) else None
    made = application_arguments.objects(NAME, args, SETTINGS, application.checksum(args, {}, {}, key))
    settled([made.all(), made.environment, made.url])


def _instance(args: Any, problems: errors.Problems) -> None:
    instance_inputs.check(NAME, args, problems, SETTINGS)
    if problems:
        return
    about = instance.metadata_of(NAME, args)
    settled(list(vars(instance.objects(NAME, args, SETTINGS)).values()))
    settled(cleanup.guard(about, args.cleanup, archives=True, owner="o", resource=NAME, retained=[]))
    settled(backup.schedule(about, args))
    own = backup.own_store(about["name"], args, SETTINGS)
    if own:
        _store(own, errors.Problems())


def _database(args: Any, problems: errors.Problems) -> None:
    database_inputs.check(NAME, args, problems, SETTINGS)
    if problems:
        return
    known_as = database.names(NAME, args)
    settled([database.objects(known_as, args, password="p", ca_certificate="c").all()])
    if not args.instance:
        settled(list(vars(instance.objects(NAME, database.dedicated_instance(known_as, args), SETTINGS)).values()))


def _store(args: Any, problems: errors.Problems) -> None:
    store_inputs.check(NAME, args, SETTINGS, problems)
    if not problems and not args.s3:
        made = store_objects.objects(NAME, args, SETTINGS, keys=store_objects.NO_KEYS, flags=[])
        settled(list(vars(made).values()))
        shared = store_objects.share_objects(NAME, args, SETTINGS)
        settled(list(vars(shared).values()) if shared else [])


def _restore_check(args: Any, problems: errors.Problems) -> None:
    restore_check_inputs.check(args, problems)
    if not problems:
        settled(list(vars(restore_check.objects(args, {"a": "b"})).values()))


_COMPONENTS: Mapping[str, Callable[[Any, errors.Problems], None]] = {
    "tau:app:TauApplication": _application,
    "tau:postgres:BackupStore": _store,
    "tau:postgres:Database": _database,
    "tau:postgres:Instance": _instance,
    "tau:postgres:Operator": operator.check,
    "tau:postgres:RestoreCheck": _restore_check,
}
