"""`tau.plugin.secret_inputs`: no path shows a secret, and no secret goes to where it would be stored in plain text.

A secret is planted at every property of every token, next to everything that can be wrong. What the engine shows of a
problem is its text and, where the problem has a path, the value at that path.
"""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from google.protobuf import struct_pb2

from tau import errors
from tau.engine import marks
from tau.plugin import secret_inputs
from tests.unit import hostile, judging, property_values, schema_values

APPLICATION = "tau:app:TauApplication"
PLANTED = "s3cret-Value"
COMPONENTS = sorted(token for token, one in schema_values.SCHEMA["resources"].items() if one.get("isComponent"))
LEAVES = [leaf for token in schema_values.TOKENS for leaf in schema_values.leaves(token)]
MARKS = (
    property_values.secret,
    lambda value: property_values.output(value, secret=True),
    lambda value: property_values.secret({"inner": value}),
)
TIMES = 5


@pytest.fixture(autouse=True, scope="module")
def loop() -> Iterator[None]:
    """An event loop, which the SDK's outputs need to exist."""
    made = asyncio.new_event_loop()
    asyncio.set_event_loop(made)
    yield
    asyncio.set_event_loop(None)
    made.close()


def shown(inputs: struct_pb2.Struct, problems: list[errors.Problem]) -> str:
    """Everything that the engine prints."""
    whole = struct_pb2.Value(struct_value=inputs)
    values = [_at(whole, errors.parts(problem.path)) for problem in problems if not problem.secret]
    return "\n".join(map(str, [*problems, *values]))


def _at(raw: struct_pb2.Value, path: tuple[str, ...]) -> struct_pb2.Value | None:
    """The value at a path, within all marks, as the engine finds it."""
    value = marks.unwrapped(raw).value
    if not path:
        return value
    parts, items = value.struct_value.fields, value.list_value.values
    if path[0] in parts:
        return _at(parts[path[0]], path[1:])
    return _at(items[int(path[0])], path[1:]) if path[0].isdigit() and int(path[0]) < len(items) else None


def _merged(base: Any, over: Any) -> Any:
    """Inputs with a planted secret laid over them, where the two have the same form."""
    if isinstance(base, dict) and isinstance(over, dict) and marks.MARK not in {*base, *over}:
        return {**base, **{key: _merged(base.get(key), item) for key, item in over.items()}}
    if isinstance(base, list) and isinstance(over, list) and base:
        return [_merged(base[0], over[0]), *base[1:]]
    return over


def beside_everything(
    leaf: schema_values.Leaf, values: list[Any], times: int
) -> Iterator[tuple[struct_pb2.Struct, list[errors.Problem]]]:
    """Inputs with a value planted, alone and next to what can be wrong, and their problems."""
    generator = hostile.Generator(len(leaf.path))
    for number in range(times):
        beside = generator.plain(leaf.token) if number else {}
        inputs = property_values.struct(_merged(beside, leaf.placed(values[number % len(values)])))
        yield inputs, judging.judged(leaf.token, inputs)


@pytest.mark.parametrize("token", schema_values.TOKENS)
def test_no_problem_shows_a_secret_that_is_planted(token: str) -> None:
    values, problems = [mark(PLANTED) for mark in MARKS], 0
    for leaf in schema_values.leaves(token):
        for inputs, found in beside_everything(leaf, values, TIMES):
            assert PLANTED not in shown(inputs, found), leaf.path
            problems += len(found)
    assert problems or token == "tau:app:DigestKey", "nothing was wrong"


@pytest.mark.parametrize("token", schema_values.TOKENS)
def test_a_value_that_the_schema_calls_secret_is_not_shown_even_without_a_mark(token: str) -> None:
    for leaf in schema_values.leaves(token):
        if leaf.spec.get("secret") or {"secretEnv", "secretFiles"} & set(leaf.keys):
            for inputs, found in beside_everything(leaf, [PLANTED, [PLANTED], {"a": PLANTED}], 3 * TIMES):
                assert PLANTED not in shown(inputs, found), leaf.path


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        ("tau:postgres:Database", {"passwort": PLANTED}),
        ("tau:app:TauApplication", {"databases": [{"password": PLANTED}]}),
        ("tau:app:TauApplication", {"secretEnvs": {"A": PLANTED}}),
        ("tau:app:TauApplication", {"secretEnv": {"1BAD": PLANTED}}),
        ("tau:app:TauApplication", {"secretEnv": [PLANTED]}),
        ("tau:app:TauApplication", {"unheardOf": {"a": [{"b": property_values.secret(PLANTED)}]}}),
        ("tau:postgres:BackupStore", {"s3": {"secretAccesKey": PLANTED}}),
        ("tau:postgres:Instance", {"parameters": {"archive_timeout": property_values.secret(PLANTED)}}),
        ("tau:postgres:Instance", {"backup": {"store": property_values.secret({"endpoint": PLANTED, "bucket": "b"})}}),
    ],
)
def test_a_secret_at_the_wrong_place_is_not_shown(token: str, inputs: dict[str, Any]) -> None:
    given = property_values.struct(inputs)
    problems = judging.judged(token, given)
    assert problems
    assert PLANTED not in shown(given, problems)


def exposed(token: str, inputs: Mapping[str, Any]) -> dict[str, str]:
    """The problems with secrets that would not stay secret, by their path."""
    found, problems = secret_inputs.find(schema_values.SCHEMA, token, property_values.struct(inputs)), errors.Problems()
    secret_inputs.refuse(found, token, problems)
    assert all(problem.secret for problem in problems)
    return {problem.path: problem.reason for problem in problems}


KEPT = ("password", "store", "s3", "secretEnv", "secretFiles")


@pytest.mark.parametrize(
    "leaf", [one for one in LEAVES if one.token in COMPONENTS], ids=lambda leaf: f"{leaf.token}.{leaf.path}"
)
def test_a_secret_is_refused_for_every_property_that_ends_outside_of_a_secret(leaf: schema_values.Leaf) -> None:
    kept = any(key in KEPT for key in leaf.keys)
    for given in (property_values.secret("v"), property_values.output("v", secret=True)):
        refused = exposed(leaf.token, leaf.placed(given))
        if kept or leaf.spec.get("plain") or leaf.spec == {"type": "object"}:
            assert refused == {}, "what must be plain, or an object, is refused for that"
        else:
            assert list(refused) == [leaf.path]
            assert "would be stored in plain text" in refused[leaf.path]


@pytest.mark.parametrize(
    ("inputs", "path", "instead"),
    [
        ({"env": {"A": property_values.secret("x")}}, "env.A", "set `secretEnv: {A: ...}` instead"),
        ({"configFiles": {"/a": property_values.secret("x")}}, 'configFiles["/a"]', "move it to `secretFiles`"),
        ({"args": ["--pin", property_values.secret("x")]}, "args[1]", "set `secretEnv: {NAME: ...}` and use `$(NAME)`"),
        (
            {"podSpec": {"containers": [{"env": [{"value": property_values.secret("x")}]}]}},
            "podSpec.containers[0].env[0].value",
            "or name a Secret that holds it",
        ),
        ({"probes": {"readiness": {"path": property_values.secret("/x")}}}, "probes.readiness.path", "in a `command`"),
        ({"database": {"clusterSpec": {"a": property_values.secret("x")}}}, "database.clusterSpec.a", "name a Secret"),
        ({"ingress": {"annotations": {"a": property_values.secret("x")}}}, "ingress.annotations.a", "`secretEnv` or"),
        ({"replicas": property_values.secret(3)}, "replicas", "use a value that is not secret"),
        ({"labels": property_values.secret({"a": "b"})}, "labels", "in plain text at `labels.a`, outside of"),
        ({"args": property_values.output(secret=True)}, "args", "set `secretEnv"),
    ],
)
def test_the_refusal_names_the_path_inside_and_what_to_use_instead(
    inputs: dict[str, Any], path: str, instead: str
) -> None:
    ((found, reason),) = exposed(APPLICATION, inputs).items()
    assert found == path
    assert instead in reason


@pytest.mark.parametrize(
    "inputs",
    [
        {"database": property_values.secret({"password": "x"})},
        {"database": {"backup": {"store": property_values.secret({"endpoint": "http://a:1", "bucket": "b"})}}},
        {"database": {"restore": property_values.output(secret=True)}},
        {"secretEnv": property_values.secret({"A": "x"}), "secretFiles": {"/a": property_values.secret("x")}},
        {"env": {"A": property_values.secret(None)}},
    ],
)
def test_a_secret_for_a_place_that_keeps_it_is_taken(inputs: dict[str, Any]) -> None:
    assert exposed(APPLICATION, inputs) == {}


def test_of_an_object_that_is_secret_as_a_whole_what_leaves_it_is_named() -> None:
    given = property_values.secret({"password": "x", "owner": "plain", "name": "shop", "version": "17"})
    assert exposed(APPLICATION, {"database": given}).keys() == {"database"}
    assert (
        "in plain text at `database.name`, `database.version`, outside"
        in exposed(APPLICATION, {"database": given})["database"]
    )
