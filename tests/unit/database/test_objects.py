"""`tau.database.objects`: the objects that one Database consists of."""

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tau.database import inputs as database_inputs
from tau.database import objects as database
from tau.types.postgres import DatabaseArgs, ResourceRequirements, Storage
from tau.values import constraints
from tests.unit import arguments
from tests.unit.evaluation import evaluated

SERVICE_HOST = re.compile(r"[a-z0-9-]{1,63}\.[a-z0-9-]{1,63}\.svc")


def objects(resource: str = "shop", *, password: Any = "pw", **inputs: Any) -> database.DatabaseObjects:
    """Objects for some inputs."""
    args = DatabaseArgs(**inputs)
    return database.objects(database.names(resource, args), args, password=password, ca_certificate="PEM")


def test_without_inputs_everything_is_named_after_the_resource() -> None:
    names = database.names("shop_eu", DatabaseArgs())
    assert (names.database, names.owner, names.namespace) == ("shop_eu", "shop_eu", "default")
    assert (names.instance, names.host) == ("postgres-shop-eu", "postgres-shop-eu-rw.default.svc")
    assert names.secret == "postgres-shop-eu-shop-eu-connection"


def test_a_shared_instance_gives_its_own_name() -> None:
    names = database.names("shop", DatabaseArgs(instance="main", namespace="apps"))
    assert (names.instance, names.host) == ("main", "main-rw.apps.svc")


def test_the_owner_has_one_password_secret_that_the_operator_watches() -> None:
    wanted = objects(owner="app")
    assert wanted.role["spec"]["passwordSecret"] == {"name": wanted.secret["metadata"]["name"]}
    assert wanted.secret["metadata"]["labels"]["cnpg.io/reload"] == "true"
    assert wanted.secret["type"] == "kubernetes.io/basic-auth"
    assert wanted.secret["stringData"]["username"] == wanted.role["spec"]["name"] == "app"


def test_the_instance_alone_may_read_that_secret() -> None:
    wanted = objects(instance="main")
    name = wanted.secret["metadata"]["name"]
    assert [rule["resourceNames"] for rule in wanted.secret_reader["rules"]] == [[name]]
    assert wanted.secret_reader_binding["roleRef"]["name"] == wanted.secret_reader["metadata"]["name"]
    assert [subject["name"] for subject in wanted.secret_reader_binding["subjects"]] == ["main"]


def test_an_owner_of_another_name_gets_in_through_a_role_of_the_databases_name() -> None:
    wanted = objects(owner="app")
    assert wanted.access is not None
    assert wanted.access["spec"]["name"] == "shop"
    assert "login" not in wanted.access["spec"]
    assert wanted.role["spec"]["inRoles"] == ["shop"]


def test_an_owner_of_the_same_name_needs_no_other_role() -> None:
    for wanted in (objects(), objects(owner="shop")):
        assert wanted.access is None
        assert "inRoles" not in wanted.role["spec"]


def test_data_and_roles_stay_in_the_server_when_the_objects_go() -> None:
    wanted = objects(owner="app")
    assert wanted.database["spec"]["databaseReclaimPolicy"] == "retain"
    assert wanted.role["spec"]["databaseRoleReclaimPolicy"] == "retain"
    assert wanted.access is not None
    assert wanted.access["spec"]["databaseRoleReclaimPolicy"] == "retain"


@given(args=arguments.DEDICATED | arguments.SHARED)
def test_nothing_is_written_that_the_operator_omits_when_it_adds_its_finalizer(args: DatabaseArgs) -> None:
    wanted = database.objects(database.names("shop", args), args, password="pw", ca_certificate="PEM")
    for one in (wanted.role, wanted.access, wanted.second_role, wanted.database):
        assert [key for key, value in (one["spec"] if one else {}).items() if value in (False, 0, "", [])] in (
            [],
            ["inherit"],
        )


def test_extensions_are_created_in_the_database() -> None:
    assert objects(extensions=["citext"]).database["spec"]["extensions"] == [{"name": "citext", "ensure": "present"}]
    assert "extensions" not in objects().database["spec"]


def test_a_dedicated_instance_takes_over_the_inputs_that_are_its_own() -> None:
    resources = ResourceRequirements(limits={"memory": "1Gi"})
    args = DatabaseArgs(
        namespace="apps", version="17", storage_size="5Gi", resources=resources, cluster_spec={"logLevel": "debug"}
    )
    made = database.dedicated_instance(database.names("shop", args), args)
    assert (made.name, made.namespace, made.version) == ("postgres-shop", "apps", "17")
    assert (made.storage, made.resources) == (Storage(size="5Gi"), resources)
    assert made.cluster_spec == {"logLevel": "debug"}
    assert database.dedicated_instance(database.names("shop", DatabaseArgs()), DatabaseArgs()).storage is None


@given(args=arguments.DEDICATED | arguments.SHARED, resource=arguments.RESOURCE_NAMES, chosen=st.data())
def test_values_that_are_known_later_give_the_same_objects(
    args: DatabaseArgs, resource: str, chosen: st.DataObject
) -> None:
    keep = ("owner", "name") if args.owner else ("owner",)
    later = arguments.deferred(args, chosen, keep=keep)
    assert evaluated(_made(resource, later)) == _made(resource, args)


def _made(resource: str, args: DatabaseArgs) -> dict[str, Any]:
    return vars(database.objects(database.names(resource, args), args, password=args.password or "", ca_certificate=""))


@given(args=arguments.DEDICATED | arguments.SHARED, resource=arguments.RESOURCE_NAMES)
def test_secrets_that_are_completed_are_as_if_they_had_been_made_with_their_passwords(
    args: DatabaseArgs, resource: str
) -> None:
    names = database.names(resource, args)
    passwords = database.Passwords(username="a", owner="b", second="c")
    known: Any = {"password": "p", "ca_certificate": "PEM", "passwords": passwords}
    completed = database.completed(database.objects(names, args), names, args, **known)
    assert evaluated(vars(completed)) == evaluated(vars(database.objects(names, args, **known)))


def test_extensions_that_are_not_wanted_any_more_are_dropped() -> None:
    args = DatabaseArgs(instance="main")
    names = database.names("shop", args)
    dropping = database.dropping(database.objects(names, args), names, args, ["vector"])
    assert dropping == database.objects(names, args, known_extensions=["vector"])
    assert dropping.database["spec"]["extensions"] == [{"name": "vector", "ensure": "absent"}]


@given(args=arguments.DEDICATED | arguments.SHARED, resource=arguments.RESOURCE_NAMES)
def test_names_of_accepted_databases_are_names_in_kubernetes(args: DatabaseArgs, resource: str) -> None:
    if not arguments.accepted(database_inputs.check, resource, args):
        return
    names = database.names(resource, args)
    assert isinstance(names.instance, str)
    assert constraints.instance_name(names.instance) is None
    assert isinstance(names.host, str)
    assert SERVICE_HOST.fullmatch(names.host)
    for manifest in _made(resource, args).values():
        if manifest:
            metadata = manifest["metadata"]
            assert constraints.dns_subdomain(metadata["name"]) is None
            assert all(constraints.label_value(value) is None for value in metadata["labels"].values())
