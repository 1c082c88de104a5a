"""docs/reference: everything of the schema is on its page, with an example in every language where one helps."""

import json

import pytest

from tests.contract import go_modules
from tools import generate_reference, reference_examples

SCHEMA = json.loads((go_modules.ROOT / "schema.json").read_text())
TOKENS = [*SCHEMA["resources"], *SCHEMA["functions"]]
# A part of another component, of use to no program.
INNER = (
    "tau:app:DigestKey",
    *(f"tau:postgres:{name}" for name in ("ArchiveGeneration", "CleanupGuard", "CurrentLogin", "FormerLogin")),
    *(f"tau:postgres:{name}" for name in ("GatewayKey", "MajorUpgrade", "NameGuard", "RoleCredential")),
    *(f"tau:postgres:{name}" for name in ("ClusterIdentity", "DeletionGuard", "Ownership", "SharePreflight")),
)


def declared(token: str) -> set[str]:
    """The names of all inputs and outputs."""
    if token in SCHEMA["resources"]:
        spec = SCHEMA["resources"][token]
        return {*spec["inputProperties"], *spec["properties"]}
    spec = SCHEMA["functions"][token]
    return {*spec["inputs"]["properties"], *spec["outputs"]["properties"]}


@pytest.mark.parametrize("token", TOKENS)
def test_every_input_and_output_is_on_the_page(token: str) -> None:
    page = generate_reference.pages(SCHEMA)[generate_reference.path(token)]
    assert {name for name in declared(token) if f"| `{name}` |" not in page} == set()


def test_every_type_is_on_a_page() -> None:
    text = "\n".join(generate_reference.pages(SCHEMA).values())
    assert {token for token in SCHEMA["types"] if f"## {generate_reference.short(token)}\n" not in text} == set()


def test_every_key_of_the_configuration_is_on_its_page() -> None:
    page = generate_reference.pages(SCHEMA)["configuration.md"]
    assert {name for name in SCHEMA["config"]["variables"] if f"`tau:{name}`" not in page} == set()


@pytest.mark.parametrize("token", [token for token in TOKENS if token not in INNER])
def test_the_page_has_an_example_in_every_language(token: str) -> None:
    page = generate_reference.pages(SCHEMA)[generate_reference.path(token)]
    assert [f"```{language}\n" in page for language in ("yaml", "typescript", "python")] == [True] * 3


def test_there_is_no_example_of_anything_else() -> None:
    assert reference_examples.USES.keys() <= set(TOKENS)
