"""`tools/reference_examples.py`: one use of a resource, written in three languages."""

from typing import Any

import pytest

from tools import reference_examples

SCHEMA: dict[str, Any] = {
    "types": {"tau:a:Part": {"properties": {"mountPath": {"type": "string"}, "from": {"type": "string"}}}},
    "resources": {
        "tau:a:Thing": {
            "inputProperties": {
                "someParts": {"type": "array", "items": {"$ref": "#/types/tau:a:Part"}},
                "envMap": {"type": "object", "additionalProperties": {"type": "string"}},
                "isOn": {"type": "boolean"},
            }
        }
    },
    "functions": {"tau:a:getThing": {"inputs": {"properties": {"isOn": {"type": "boolean"}}}}},
}
INPUTS = {"someParts": [{"mountPath": "/x", "from": "a b"}], "envMap": {"camelCase": "1", "a.b": "on"}, "isOn": True}


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setattr(reference_examples, "USES", {"tau:a:Thing": {"it": INPUTS}})
    return reference_examples.example(SCHEMA, "tau:a:Thing")


def test_yaml_quotes_what_it_would_read_as_something_else(written: dict[str, str]) -> None:
    assert written["yaml"].splitlines()[4:] == [
        '      someParts: [{ mountPath: /x, from: "a b" }]',
        '      envMap: { camelCase: "1", a.b: "on" }',
        "      isOn: true",
    ]


def test_typescript_quotes_keys_that_are_no_names(written: dict[str, str]) -> None:
    assert written["typescript"].splitlines()[2:] == [
        'const it = new tau.a.Thing("it", {',
        '    someParts: [{ mountPath: "/x", from: "a b" }],',
        '    envMap: { camelCase: "1", "a.b": "on" },',
        "    isOn: true,",
        "});",
    ]


def test_python_writes_properties_in_snake_case_and_keys_of_maps_as_they_are(written: dict[str, str]) -> None:
    assert written["python"].splitlines()[2:] == [
        "it = tau.a.Thing(",
        '    "it",',
        '    some_parts=[{"mount_path": "/x", "from_": "a b"}],',
        '    env_map={"camelCase": "1", "a.b": "on"},',
        "    is_on=True,",
        ")",
    ]


def test_a_function_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference_examples, "USES", {"tau:a:getThing": {"it": {"isOn": False}}})
    written = reference_examples.example(SCHEMA, "tau:a:getThing")
    assert "      function: tau:a:getThing" in written["yaml"]
    assert "const it = tau.a.getThingOutput({" in written["typescript"]
    assert "it = tau.a.get_thing_output(\n    is_on=False,\n)" in written["python"]


def test_without_inputs_nothing_is_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference_examples, "USES", {"tau:a:Thing": {"it": {}}})
    written = reference_examples.example(SCHEMA, "tau:a:Thing")
    assert written["yaml"].endswith("type: tau:a:Thing")
    assert written["typescript"].endswith('new tau.a.Thing("it");')
    assert written["python"].endswith('tau.a.Thing("it")')


def test_what_has_no_use_has_no_example() -> None:
    assert reference_examples.example(SCHEMA, "tau:a:Other") == {}
