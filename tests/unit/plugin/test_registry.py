"""`tau.plugin.registry`: every token of the schema is served, and no other."""

import json

from tau.plugin import registry
from tests.unit.schema_values import ROOT

SCHEMA = json.loads((ROOT / "schema.json").read_text())


def test_every_resource_and_function_is_served() -> None:
    assert registry.tokens() == set(SCHEMA["resources"])
    assert registry.functions() == set(SCHEMA["functions"])


def test_each_token_leads_to_what_serves_it() -> None:
    for token, resource in SCHEMA["resources"].items():
        component = bool(resource.get("isComponent"))
        assert (registry.component(token) is not None) == component
        assert (registry.custom_resource(token) is not None) != component
    assert all(callable(registry.function(token)) for token in SCHEMA["functions"])


def test_others_are_not_known() -> None:
    token = "tau:postgres:Weather"
    assert (registry.component(token), registry.custom_resource(token), registry.function(token)) == (None, None, None)
