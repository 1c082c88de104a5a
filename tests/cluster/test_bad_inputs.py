"""What is wrong is told at preview: one error for each property at its path, many at once, and nothing is changed."""

import re
from collections.abc import Mapping

import pytest

from testbed.drive import kubernetes, programs, stack
from tests.cluster import bad_input, bad_inputs
from tests.cluster.conftest import NewStack

_TOLD = re.compile(r"resource '(?P<name>[^']+)' has a problem: (?P<count>[0-9]+) problems? with the inputs")


@pytest.fixture(scope="module")
def owned(operator: None, new_stack: NewStack) -> stack.Stack:
    return new_stack()


def _program(bad: Mapping[str, bad_input.Bad]) -> stack.Program:
    return {"resources": {name: {"type": one.token, "properties": dict(one.properties)} for name, one in bad.items()}}


def _told(result: stack.Result) -> dict[str, str]:
    """The text of each error that tau gave, by the name of the resource."""
    matches = ((_TOLD.search(message), message) for _, message in result.diagnostics())
    return {match["name"]: message for match, message in matches if match}


@pytest.fixture(scope="module")
def told(owned: stack.Stack, cluster: kubernetes.Kubernetes) -> Mapping[str, str]:
    """Every error; after the first ones the engine gives up on resources that it had not asked about yet."""
    before = cluster.inventory()
    found: dict[str, str] = {}
    remaining = dict(bad_inputs.BY_TAU)
    while remaining:
        fresh = _told(owned.preview(_program(remaining), fails=True))
        assert fresh, f"nothing is told about {', '.join(remaining)}"
        found |= fresh
        remaining = {name: one for name, one in remaining.items() if name not in fresh}
    assert cluster.inventory() - before == set()
    return found


@pytest.mark.parametrize("name", bad_inputs.BY_TAU)
def test_tau_tells_what_is_wrong_and_where(told: Mapping[str, str], name: str) -> None:
    bad = bad_inputs.BY_TAU[name]
    message = told[name]
    assert "1 problem with the inputs; nothing was changed" in message
    assert (
        re.search(rf"property {re.escape(bad.path)} (with value|has a problem)", message)
        or f"- {bad.path}: " in message
    )
    assert bad.text in message
    assert "Traceback" not in message


def test_a_wrong_password_is_not_shown(told: Mapping[str, str]) -> None:
    assert "two" not in told["password-with-line-break"]


@pytest.fixture(scope="module")
def language(owned: stack.Stack) -> str:
    return owned.preview(_program(bad_inputs.BY_LANGUAGE), fails=True).output


@pytest.mark.parametrize("name", bad_inputs.BY_LANGUAGE)
def test_the_schema_lets_the_language_tell_wrong_types(language: str, name: str) -> None:
    bad = bad_inputs.BY_LANGUAGE[name]
    assert any(bad.path in line and bad.text in line for line in language.splitlines())


def test_nothing_is_in_the_state_after_an_up_with_bad_inputs(owned: stack.Stack, told: Mapping[str, str]) -> None:
    few = {name: bad_inputs.BY_TAU[name] for name in ("storage-size-tiny", "database-reserved")}
    owned.up(_program(few), fails=True)
    assert owned.resources() == []


def test_all_problems_of_one_resource_are_told_at_once(owned: stack.Stack) -> None:
    properties = {"version": "9", "instances": 12, "storage": {"size": "small"}, "name": "UPPER", "image": "x"}
    program = {"resources": {"wrong": {"type": "tau:postgres:Instance", "properties": properties}}}
    message = _told(owned.preview(program, fails=True))["wrong"]
    assert "5 problems with the inputs" in message
    assert all(f"property {path} with" in message for path in ("version", "instances", "storage.size", "name", "image"))


def test_a_secret_is_not_shown_by_a_problem_beside_or_around_it(owned: stack.Stack) -> None:
    """Given in plain text, as the CLI itself leaves out what the configuration of a stack calls secret."""
    planted, hidden = "n0t-to-be-seen", {"fn::secret": "n0t-to-be-seen"}
    store = {"endpoint": "http://nas:7070", "bucket": "b", "accessKeyId": planted, "secretAccessKey": planted}
    application = {
        "image": "shop:1",
        "args": [hidden],
        "database": {"password": planted, "backup": {"store": store}},
        "databases": {"more": {"password": planted}},
        "podSpec": {"containers": [{"env": [{"name": "A", "value": hidden}]}]},
        "secretEnv": {"1BAD": planted},
    }
    server = {"backup": {"store": {**store, "secretAccessKey": f"{planted}\n"}}, "clusterSpec": {"a": [hidden]}}
    program = {
        "resources": {
            "shop": {"type": "tau:app:TauApplication", "properties": application},
            "main": {"type": "tau:postgres:Instance", "properties": server},
        }
    }
    result = owned.preview(program, fails=True)
    told = "".join(_told(result).values())
    assert planted not in result.output + told
    assert "is a secret, and would be stored in plain text, outside of Kubernetes Secrets" in told


def test_two_resources_of_one_name_are_told(owned: stack.Stack, namespace: str) -> None:
    program = {
        "resources": {
            "first": programs.instance(namespace, name="twin"),
            "second": programs.instance(namespace, name="twin"),
        }
    }
    messages = _told(owned.preview(program, fails=True))
    assert len(messages) == 1
    assert "is already created by the resource tau:postgres:Instance" in "".join(messages.values())


def test_two_databases_of_one_owner_are_told(owned: stack.Stack, namespace: str) -> None:
    program = {
        "resources": {
            "server": programs.instance(namespace),
            "first": programs.shared(namespace, "server", owner="keeper"),
            "second": programs.shared(namespace, "server", owner="keeper"),
        }
    }
    (message,) = _told(owned.preview(program, fails=True)).values()
    assert "property owner with value" in message


_CONFIGURATION = {
    "tau:postgresVersion": ("nine", "'nine' is not a supported PostgreSQL version"),
    "tau:postgresStorageClass": ("Long Horn", "'Long Horn' is not the name"),
    "tau:postgresDefaultStorageSize": ("10GB", "'10GB' is not a Kubernetes quantity"),
    "tau:postgressVersion": ("15", "did you mean `tau:postgresVersion`?"),
}


@pytest.fixture(scope="module")
def configuration_errors(operator: None, new_stack: NewStack, namespace: str) -> str:
    misconfigured = new_stack()
    for key, (value, _) in _CONFIGURATION.items():
        misconfigured.configure(key, value)
    program = {"resources": {"server": {"type": "tau:postgres:Instance", "properties": {"namespace": namespace}}}}
    (message,) = _told(misconfigured.preview(program, fails=True)).values()
    return message


@pytest.mark.parametrize("key", _CONFIGURATION)
def test_a_bad_value_of_the_configuration_is_told_with_its_key(configuration_errors: str, key: str) -> None:
    lines = [line for line in configuration_errors.splitlines() if f"{key}" in line]
    assert any(_CONFIGURATION[key][1] in line for line in lines)


def test_a_bad_value_of_the_projects_own_key_is_told(operator: None, new_stack: NewStack, namespace: str) -> None:
    misconfigured = new_stack()
    misconfigured.configure("postgres_version", "fifteen")
    program = {"resources": {"server": {"type": "tau:postgres:Instance", "properties": {"namespace": namespace}}}}
    (message,) = _told(misconfigured.preview(program, fails=True)).values()
    assert ":postgres_version" in message
    assert "'fifteen' is not a supported PostgreSQL version" in message
