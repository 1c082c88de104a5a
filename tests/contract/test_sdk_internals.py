"""`tau.engine.sdk_internals`: the private parts of Pulumi's SDK are what they were, and no other module touches
them."""

import ast
import inspect
import pathlib
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest
from pulumi.provider import provider, server
from pulumi.runtime import _context, _grpc_settings, resource, rpc, settings, stack

from tau.engine import sdk_internals
from tests.contract import go_modules

PROVIDER = go_modules.ROOT / "provider/tau"
DOOR = "sdk_internals.py"

# Names of their parameters, in order; a `*` is before those that have a default.
SIGNATURES: list[tuple[Any, str]] = [
    (sdk_internals.transfer_properties, "res props custom"),
    (
        sdk_internals.resolve_outputs,
        "res serialized_props outputs deps resolvers custom * transform_using_type_metadata keep_unknowns "
        "resolve_missing_as_unknown",
    ),
    (resource._get_stack_trace, ""),
    (
        settings.reset_options,
        "* project stack root_directory parallel engine_address monitor_address preview organization",
    ),
    (settings._load_monitor_feature_support, ""),
    (stack.wait_for_rpcs, "* await_all_outstanding_tasks"),
    (_context.wrap_with_context, "fn"),
    (provider.Provider.__init__, "self version * schema"),
    (provider.ConstructResult.__init__, "self urn state"),
    (server.ProviderServicer.__init__, "self provider args engine_address"),
    (server.ProviderServicer._alias_from_proto, "alias"),
    (server.ProviderServicer._construct_options, "request"),
    (server.ProviderServicer._construct_response, "self result"),
    (server.ProviderServicer.create_grpc_invalid_properties_status, "self message errors"),
]
VALUES: dict[str, tuple[Any, object]] = {
    "_special_sig_key": (rpc, "4dabf18193072939515e22adb298388d"),
    "_special_secret_sig": (rpc, "1b47061264138c4ac30d75fd1eb44270"),
    "_special_output_value_sig": (rpc, "d0e6a833031e9bbcd3f4e8bde6ca49a4"),
    "_special_asset_sig": (rpc, "c44067f5952c0a294b673a41bacd8c17"),
    "_special_archive_sig": (rpc, "0def7320c3a5731c473e5ecbe6d01bc7"),
    "_special_resource_sig": (rpc, "5cf8f73096256a8f31e491e813e4eb8e"),
    "UNKNOWN": (rpc, "04da6b54-80e4-46f7-96ec-b56ff0331ba9"),
}


def _signature(function: Any) -> str:
    words: list[str] = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.default is not parameter.empty and "*" not in words:
            words.append("*")
        words.append(parameter.name)
    return " ".join(words)


@pytest.mark.parametrize(("function", "expected"), SIGNATURES, ids=lambda one: getattr(one, "__qualname__", ""))
def test_functions_are_called_as_before(function: Any, expected: str) -> None:
    assert _signature(function) == expected


@pytest.mark.parametrize("name", VALUES)
def test_signatures_of_values_are_those_of_the_protocol(name: str) -> None:
    module, expected = VALUES[name]
    assert getattr(module, name) == expected


def test_the_rest_is_where_it_was() -> None:
    assert dict(_grpc_settings._GRPC_CHANNEL_OPTIONS)
    assert hasattr(settings.SETTINGS, "monitor_features")
    wrapped = _context.wrap_with_context(lambda: None)  # type: ignore[no-untyped-call]
    assert wrapped.__module__ == sdk_internals.WRAPPED_CALLS
    assert "_protect" in inspect.getsource(pulumi.Resource.__init__)


def _imports(path: pathlib.Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from (f"{node.module}.{one.name}" for one in node.names)


def _is_internal(name: str) -> bool:
    inside = name.startswith(("pulumi.runtime", "pulumi.provider")) and not name.startswith("pulumi.runtime.proto")
    return inside or (name.startswith("pulumi.") and any(part.startswith("_") for part in name.split(".")))


def test_no_other_module_imports_what_is_not_for_programs() -> None:
    found = {path.name for path in PROVIDER.rglob("*.py") if any(map(_is_internal, _imports(path)))}
    assert found == {DOOR}


def test_no_other_module_reaches_into_a_resource() -> None:
    modules = [path for path in PROVIDER.rglob("*.py") if path.name != DOOR]
    assert [path.name for path in modules if "._protect" in path.read_text()] == []
