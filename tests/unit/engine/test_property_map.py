"""`tau.engine.property_map`: property maps become typed arguments, and every failure is told under its path."""

import asyncio
import collections.abc
import dataclasses
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime import rpc

from tau import errors, fields, types
from tau.engine import property_map
from tau.types import app, postgres
from tests.unit import property_values, schema_values
from tests.unit.evaluation import evaluated

APPLICATION = "tau:app:TauApplication"
DATABASE, INSTANCE = "tau:postgres:Database", "tau:postgres:Instance"
LEAVES = [leaf for token in schema_values.TOKENS for leaf in schema_values.leaves(token)]
MARK = "s3cret-Value"


@pytest.fixture(autouse=True, scope="module")
def loop() -> collections.abc.Iterator[None]:
    """An event loop, which the SDK's outputs need to exist."""
    made = asyncio.new_event_loop()
    asyncio.set_event_loop(made)
    yield
    asyncio.set_event_loop(None)
    made.close()


def decoded(token: str, inputs: Any) -> tuple[Any, list[errors.Problem], property_map.Decoder]:
    """Arguments, problems and the decoder after reading the inputs of one resource."""
    problems = errors.Problems()
    decoder = property_map.Decoder(schema_values.SCHEMA, problems)
    return decoder.arguments(token, property_values.struct(inputs)), list(problems), decoder


def as_inputs(args: Any) -> Any:
    """Typed arguments back as the JSON that they were read from, without what had been left out."""
    if isinstance(args, dict):
        return {key: as_inputs(item) for key, item in args.items()}
    if isinstance(args, list):
        return [as_inputs(item) for item in args]
    if not dataclasses.is_dataclass(args) or isinstance(args, fields.Deferred):
        return evaluated(args)
    names = {fields.snake_case(name): name for name in _properties(type(args))}
    return {names[one.name]: as_inputs(getattr(args, one.name)) for one in dataclasses.fields(args)}


def _properties(made: type) -> Any:
    token = next(token for token, known in {**app.BY_TOKEN, **postgres.BY_TOKEN}.items() if known is made)
    if token in schema_values.SCHEMA["types"]:
        return schema_values.SCHEMA["types"][token]["properties"]
    return schema_values.SCHEMA["resources"][token]["inputProperties"]


def covers(found: Any, given: Any) -> bool:
    """Whether `found` says everything that `given` says."""
    if isinstance(given, dict) and isinstance(found, dict):
        return all(key in found and covers(found[key], item) for key, item in given.items())
    if isinstance(given, list) and isinstance(found, list):
        return len(found) == len(given) and all(map(covers, found, given))
    return bool(found == given) and type(found) is type(given)


@pytest.mark.parametrize("token", schema_values.TOKENS)
@given(data=st.data())
def test_every_value_that_the_schema_admits_becomes_typed_arguments(token: str, data: st.DataObject) -> None:
    inputs = data.draw(schema_values.inputs(token))
    args, problems, _ = decoded(token, inputs)
    assert problems == []
    assert type(args) is types.of(token)
    assert covers(as_inputs(args), inputs)


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: f"{leaf.token}.{leaf.path}")
def test_a_value_of_a_wrong_type_is_told_under_its_path(leaf: schema_values.Leaf) -> None:
    for value in leaf.wrong:
        _, problems, _ = decoded(leaf.token, leaf.placed(value))
        found = [problem for problem in problems if problem.reason != "is required"]
        assert [problem.path for problem in found] == [leaf.path], value
        assert "is not" in found[0].reason


@given(
    token=st.sampled_from(schema_values.TOKENS),
    inputs=st.dictionaries(
        st.text(),
        st.recursive(
            st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=5,
        ),
    ),
)
def test_no_input_makes_it_raise(token: str, inputs: dict[str, Any]) -> None:
    decoded(token, inputs)


@given(data=st.data())
def test_several_wrong_values_are_told_together(data: st.DataObject) -> None:
    tops = [leaf for leaf in schema_values.leaves(INSTANCE) if len(leaf.keys) == 1]
    chosen = data.draw(st.lists(st.sampled_from(tops), min_size=2, unique_by=lambda leaf: leaf.path))
    _, problems, _ = decoded(INSTANCE, {leaf.path: leaf.wrong[0] for leaf in chosen})
    assert {problem.path for problem in problems} == {leaf.path for leaf in chosen}


def test_whole_floats_become_integers() -> None:
    args, problems, _ = decoded(INSTANCE, {"instances": 3.0, "clusterSpec": {"maxSyncReplicas": 2.0, "ratio": 0.5}})
    assert not problems
    assert (args.instances, type(args.instances)) == (3, int)
    assert args.cluster_spec == {"maxSyncReplicas": 2, "ratio": 0.5}
    assert type(args.cluster_spec["maxSyncReplicas"]) is int


def test_a_number_is_taken_where_text_is_wanted_only_if_it_is_whole() -> None:
    assert decoded(INSTANCE, {"version": 17})[0].version == "17"
    _, problems, _ = decoded(INSTANCE, {"version": 15.14})
    assert problems == [errors.Problem("version", "15.14 is not text; put it in quotes")]


def test_a_variable_is_a_text_or_a_reference() -> None:
    reference = {"secretKeyRef": {"name": "s", "key": "k"}}
    args, problems, _ = decoded(APPLICATION, {"env": {"A": "x", "N": 8080.0, "B": reference}})
    assert not problems
    assert (args.env["A"], args.env["N"], args.env["B"].secret_key_ref.name) == ("x", "8080", "s")
    _, problems, _ = decoded(APPLICATION, {"env": {"A": True, "B": {"secretRef": {}}}})
    assert {problem.path for problem in problems} == {"env.A", "env.B.secretRef"}


def test_absent_and_null_inputs_take_the_default_of_the_schema() -> None:
    args, problems, _ = decoded(INSTANCE, {"namespace": None, "storage": {"size": None}, "labels": {"a": None}})
    assert not problems
    assert (args.namespace, args.instances, args.storage.size, args.labels) == ("default", 1, None, {})


def test_null_items_of_a_list_are_left_out() -> None:
    assert decoded(DATABASE, {"extensions": [None, "citext"]})[0].extensions == ["citext"]


def test_free_form_objects_keep_their_lists_and_objects() -> None:
    spec = {"affinity": {"tolerations": [{"key": "nas", "operator": "Exists"}]}}
    assert decoded(INSTANCE, {"clusterSpec": spec})[0].cluster_spec == spec


@pytest.mark.parametrize(
    ("inputs", "path", "hint"),
    [
        ({"storageClass": "longhorn"}, "storageClass", "did you mean `storage`?"),
        ({"storage": {"sise": "1Gi"}}, "storage.sise", "did you mean `size`?"),
        ({"zzz": 1}, "zzz", "known properties: annotations, backup"),
        ({"not a name": 1}, '["not a name"]', "known properties"),
    ],
)
def test_an_unknown_property_is_told_with_the_nearest_known_one(inputs: Any, path: str, hint: str) -> None:
    _, problems, _ = decoded(INSTANCE, inputs)
    assert [problem.path for problem in problems] == [path]
    assert problems[0].reason.startswith("unknown property; ")
    assert hint in problems[0].reason


def test_properties_of_the_engine_itself_are_passed_over() -> None:
    assert decoded(INSTANCE, {"__defaults": [], "__internal": {}})[1] == []


def test_required_inputs_are_asked_for() -> None:
    _, problems, _ = decoded("tau:postgres:Readiness", {"kind": "Cluster", "name": None})
    assert {str(problem) for problem in problems} == {
        "apiVersion: is required",
        "name: is required",
        "namespace: is required",
    }


@pytest.mark.parametrize(
    "unknown", [property_values.UNKNOWN, property_values.output(), property_values.secret(property_values.UNKNOWN)]
)
def test_an_unknown_value_stands_in_as_deferred(unknown: Any) -> None:
    args, problems, _ = decoded(INSTANCE, {"name": unknown, "labels": {"a": unknown}, "clusterSpec": {"b": [unknown]}})
    assert not problems
    for value in (args.name, args.labels["a"], args.cluster_spec["b"][0]):
        assert type(value) is fields.Deferred
        assert isinstance(value.handle, pulumi.Output)


def test_of_an_unknown_object_every_part_is_deferred() -> None:
    args, problems, _ = decoded(
        INSTANCE, {"storage": property_values.UNKNOWN, "backup": {"store": property_values.output()}}
    )
    assert not problems
    assert type(args.storage.size) is type(args.backup.store.secret_access_key) is fields.Deferred


@pytest.mark.parametrize("path", ["superuserAccess", "backup", "networkPolicy"])
def test_an_unknown_value_is_refused_where_it_decides_which_resources_there_are(path: str) -> None:
    _, problems, _ = decoded(INSTANCE, {path: property_values.UNKNOWN})
    assert [problem.path for problem in problems] == [path]
    assert problems[0].reason.endswith("use a literal value")


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({"superuserAccess": property_values.secret(False)}, "superuserAccess"),
        ({"networkPolicy": property_values.secret({"enabled": False})}, "networkPolicy.enabled"),
    ],
)
def test_a_secret_is_refused_where_it_decides_which_resources_there_are(inputs: Any, path: str) -> None:
    _, problems, _ = decoded(INSTANCE, inputs)
    assert [problem.path for problem in problems] == [path]
    assert problems[0].reason.endswith("use a literal value")


@pytest.mark.parametrize("mark", [property_values.secret, lambda value: property_values.output(value, secret=True)])
def test_secrets_stay_secret_at_every_depth(mark: Any) -> None:
    args, problems, _ = decoded(
        INSTANCE,
        {
            "name": mark("a"),
            "labels": mark({"b": "c"}),
            "storage": mark({"size": "1Gi"}),
            "clusterSpec": {"d": [mark(1)]},
        },
    )
    assert not problems
    found = [args.name, args.labels["b"], args.storage.size, args.cluster_spec["d"][0]]
    assert [type(value) for value in found] == [fields.Secret] * 4
    assert [value.value for value in found] == ["a", "c", "1Gi", 1]


def test_inputs_that_the_schema_calls_secret_are_secret_without_a_mark() -> None:
    args, problems, _ = decoded(DATABASE, {"password": MARK})
    assert not problems
    assert isinstance(args.password, fields.Secret)
    assert args.password.value == MARK


def test_known_outputs_are_plain_values_and_name_what_they_come_from() -> None:
    marked = property_values.output(property_values.output("a", dependencies=["urn:2"]), dependencies=["urn:1"])
    args, _, decoder = decoded(INSTANCE, {"name": marked, "version": property_values.output(dependencies=["urn:3"])})
    assert args.name == "a"
    assert decoder.dependencies == {"urn:1", "urn:2", "urn:3"}


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: f"{leaf.token}.{leaf.path}")
def test_no_problem_shows_a_secret(leaf: schema_values.Leaf) -> None:
    for value in ([MARK], {"k": MARK}, MARK):
        args, problems, _ = decoded(leaf.token, leaf.placed(property_values.secret(value)))
        assert MARK not in "".join(problem.reason for problem in problems)
        assert MARK not in repr(problems) + repr(args)
        at_leaf = [problem for problem in problems if problem.path == leaf.path and "is required" not in problem.reason]
        assert all(problem.secret for problem in at_leaf if "is not" in problem.reason)


@pytest.mark.parametrize(("key", "path"), [('a"b', 'labels["a\\"b"]'), ("a\\b", 'labels["a\\b"]'), ("", 'labels[""]')])
def test_a_key_that_is_no_name_is_quoted_as_the_engine_reads_it(key: str, path: str) -> None:
    _, problems, _ = decoded(INSTANCE, {"labels": {key: []}})
    assert [problem.path for problem in problems] == [path]


def test_recorded_outputs_come_back_as_they_were_given_and_secrets_are_marked() -> None:
    outputs = {"key": fields.Secret(handle=None, value="hidden"), "list": [{"a": 1.5}, "b"], "flag": True}
    sent = property_map.struct(outputs)
    assert sent.fields["key"].struct_value.fields["value"].string_value == "hidden"
    assert sent.fields["key"] == property_values.struct({"key": property_values.secret("hidden")}).fields["key"]
    assert property_map.plain(sent) == {**outputs, "key": "hidden"}


@pytest.mark.parametrize(
    ("token", "inputs", "path"),
    [
        (APPLICATION, {"probes": property_values.UNKNOWN}, "probes"),
        (APPLICATION, {"ports": property_values.UNKNOWN}, "ports"),
        (APPLICATION, {"ports": property_values.secret([])}, "ports"),
        (APPLICATION, {"ports": 8080}, "ports"),
        (APPLICATION, {"databases": ["main"]}, "databases"),
        (APPLICATION, {"secretEnv": "A=b"}, "secretEnv"),
    ],
)
def test_what_checks_look_into_is_absent_rather_than_a_stand_in(token: str, inputs: Any, path: str) -> None:
    args, problems, _ = decoded(token, inputs)
    assert [problem.path for problem in problems] == [path]
    assert getattr(args, fields.snake_case(path)) is None


def test_an_object_that_is_required_and_missing_is_told_once_and_has_its_own_form() -> None:
    given = {"image": "i", "instance": "i", "majorVersion": "15", "namespace": "n", "onExistingArchive": "fail"}
    for inputs, reason in ((given, "is required"), ({**given, "store": 1}, "1 is not an object")):
        args, problems, _ = decoded("tau:postgres:ArchiveGeneration", inputs)
        assert problems == [errors.Problem("store", reason)]
        assert type(args.store) is postgres.Store
        assert type(args.store.endpoint) is fields.Deferred


def test_a_secret_without_a_value_says_no_more_than_null() -> None:
    empty = {key: value for key, value in property_values.secret(1).items() if key != "value"}
    args, problems, _ = decoded(DATABASE, {"name": empty, "version": property_values.output(empty)})
    assert (args.name, args.version, problems) == (None, None, [])
    assert property_map.plain(property_values.struct({"name": empty})) == {"name": None}


@pytest.mark.parametrize(
    ("mark", "what"),
    [
        (rpc._special_asset_sig, "is an asset, which cannot be used here; use a plain value"),
        (rpc._special_archive_sig, "is an archive, which cannot be used here; use a plain value"),
        (
            rpc._special_resource_sig,
            "is a resource, which cannot be used here; use one of its outputs",
        ),
    ],
)
def test_what_is_no_data_is_refused(mark: str, what: str) -> None:
    given = {rpc._special_sig_key: mark, "urn": "urn:pulumi:a::b::c::d"}
    for inputs, path in (
        ({"name": given}, "name"),
        ({"storage": given}, "storage"),
        ({"clusterSpec": {"a": [given]}}, "clusterSpec.a[0]"),
    ):
        _, problems, _ = decoded(INSTANCE, inputs)
        assert [problem.path for problem in problems] == [path]
        assert problems[0].reason.startswith(what)
