"""schema.json: what Pulumi makes of it, how it is written, and that it says everything a user needs."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
import pytest

from tau.plugin import registry
from tests.contract import go_modules
from tools import generate_types

PATH = go_modules.ROOT / "schema.json"
SCHEMA: Mapping[str, Any] = json.loads(PATH.read_text())
SAYS_WHAT_IS_LEFT_OUT = re.compile(r"\bDefault: .+\.|\brequired\b", re.IGNORECASE)


def inputs() -> Iterator[tuple[str, Mapping[str, Any], bool]]:
    """Every property of every input, with its path and whether it is required."""
    for name, variable in SCHEMA["config"]["variables"].items():
        yield f"config.{name}", variable, False
    for name, variable in SCHEMA["provider"]["inputProperties"].items():
        yield f"provider.{name}", variable, False
    taken = {
        **{
            token: (spec["inputProperties"], spec.get("requiredInputs", []))
            for token, spec in SCHEMA["resources"].items()
        },
        **{
            token: (spec["inputs"]["properties"], spec["inputs"]["required"])
            for token, spec in SCHEMA["functions"].items()
        },
    }
    for token, (properties, required) in taken.items():
        for name, spec in properties.items():
            yield f"{token}.{name}", spec, name in required
    for token in generate_types.input_types(SCHEMA):
        for name, spec in SCHEMA["types"][token]["properties"].items():
            yield f"{token}.{name}", spec, name in SCHEMA["types"][token].get("required", [])


def described() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Everything that a user can read about, with its path."""
    yield "package", SCHEMA
    yield "provider", SCHEMA["provider"]
    for path, spec, _ in inputs():
        yield path, spec
    for token, spec in (SCHEMA["types"] | SCHEMA["resources"]).items():
        yield token, spec
        for name, output in spec["properties"].items():
            yield f"{token}.{name}", output
    for token, spec in SCHEMA["functions"].items():
        yield token, spec
        for name, output in spec["outputs"]["properties"].items():
            yield f"{token}.{name}", output


def metaschema() -> Any:
    """Pulumi's schema of schemas; Python spells named groups of patterns in another way."""
    file = go_modules.folder("pulumi", "github.com/pulumi/pulumi/pkg/v3") / "codegen/schema/pulumi.json"
    return json.loads(re.sub(r"\(\?<(?=\w)", "(?P<", file.read_text()))


def test_it_is_a_pulumi_package_schema() -> None:
    validator = jsonschema.Draft202012Validator(metaschema())
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(SCHEMA)] == []


def test_it_is_written_in_the_canonical_form() -> None:
    assert PATH.read_text() == json.dumps(SCHEMA, indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("part", ["inputProperties", "properties", "required", "requiredInputs"])
def test_properties_of_resources_are_sorted(part: str) -> None:
    for resource in SCHEMA["resources"].values():
        assert list(resource.get(part, [])) == sorted(resource.get(part, []))


def test_configuration_keys_are_sorted_and_the_same_for_stack_and_provider() -> None:
    assert SCHEMA["config"]["variables"] == SCHEMA["provider"]["inputProperties"]
    assert list(SCHEMA["config"]["variables"]) == sorted(SCHEMA["config"]["variables"])


def test_every_resource_of_it_is_served_and_no_other() -> None:
    assert registry.tokens() == set(SCHEMA["resources"])
    for token, resource in SCHEMA["resources"].items():
        served = registry.component(token) if resource.get("isComponent") else registry.custom_resource(token)
        assert served is not None, token
    assert registry.functions() == set(SCHEMA["functions"])
    assert all(registry.function(token) for token in SCHEMA["functions"])


def test_everything_is_described_in_at_most_a_few_sentences() -> None:
    for path, spec in described():
        description = spec.get("description", "")
        assert description.endswith((".", "`")), path
        assert description[0].isupper() or description[0] == "`", path
        assert len(description) < 500, path


def test_every_input_says_what_holds_when_it_is_left_out() -> None:
    silent = [
        path
        for path, spec, required in inputs()
        if not required and not SAYS_WHAT_IS_LEFT_OUT.search(spec["description"])
    ]
    assert silent == []


def test_defaults_are_the_ones_that_the_words_promise() -> None:
    for path, spec, _ in inputs():
        if (value := generate_types.default(spec)) is not None:
            promised = f"`{value}`" if isinstance(value, str) else json.dumps(value)
            assert f"Default: {promised}." in spec["description"], path


def test_defaults_within_types_are_the_plugins_alone() -> None:
    properties = {
        f"{token}.{name}": spec for token, of in SCHEMA["types"].items() for name, spec in of["properties"].items()
    }
    # See generate_types.default for what an SDK makes of them.
    assert [path for path, spec in properties.items() if "default" in spec] == []


def test_configuration_keys_are_those_that_the_code_reads() -> None:
    from tau import settings

    assert tuple(SCHEMA["config"]["variables"]) == settings.PROVIDER_KEYS


def test_whatever_carries_a_credential_is_secret() -> None:
    for path, spec in described():
        if re.search(r"\.(\w*[pP]assword|connectionString|kubeconfig)$", path):
            assert spec.get("secret") is True, path


def test_required_outputs_are_all_outputs() -> None:
    for token, resource in SCHEMA["resources"].items():
        assert set(resource["required"]) == set(resource["properties"]), token
