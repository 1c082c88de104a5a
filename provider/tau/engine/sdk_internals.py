"""The one door to those parts of Pulumi's SDK that are not made for programs, and may change in any release of it.

`tests/contract/test_sdk_internals.py` names each of them with its signature, so a new SDK that changes one is found
before a user finds it. The protocol itself (`pulumi.runtime.proto`) is public, and imported where it is used.
"""

from collections.abc import Callable
from typing import Any

import pulumi
from pulumi.provider import provider, server
from pulumi.runtime import _grpc_settings, resource, rpc, settings
from pulumi.runtime.proto import alias_pb2, provider_pb2, source_pb2
from pulumi.runtime.stack import wait_for_rpcs

CHANNEL_OPTIONS: tuple[tuple[str, Any], ...] = tuple(_grpc_settings._GRPC_CHANNEL_OPTIONS)
"""Of each gRPC channel that the SDK opens."""

WRAPPED_CALLS = "pulumi.runtime._context"
"""The module of the functions in which the SDK wraps its calls of the engine, to run each in a thread."""

UNKNOWN = rpc.UNKNOWN
"""Stands in a property map for a value that is not known yet."""

MARK = rpc._special_sig_key
"""The key of the signature that says what a map in a property map stands for: one of those that follow."""
SECRET = rpc._special_secret_sig
OUTPUT = rpc._special_output_value_sig
ASSET = rpc._special_asset_sig
ARCHIVE = rpc._special_archive_sig
RESOURCE = rpc._special_resource_sig

transfer_properties = rpc.transfer_properties
"""Makes an output for each property of a resource that is registered."""
resolve_outputs = rpc.resolve_outputs
"""Gives these outputs their values once the engine has answered."""


def replace_outputs(transfer: Callable[..., Any], resolve: Callable[..., Any]) -> None:
    """Let the SDK use these functions in place of `transfer_properties` and `resolve_outputs`."""
    rpc.transfer_properties, rpc.resolve_outputs = transfer, resolve


def leave_out_stack_traces() -> None:
    """Let the SDK send an empty stack trace for each resource, in place of where in the plugin it is registered."""
    resource._get_stack_trace = source_pb2.StackTrace


async def enter(request: provider_pb2.ConstructRequest, log: Any, monitor: Any, features: set[int] | None) -> set[int]:
    """Make the SDK's settings, which are the running task's own, those of the deployment that asks.

    Args:
        request: The Construct request of that deployment.
        log: Stands for the engine's stub.
        monitor: Stands for the monitor's stub.
        features: What the monitor can do; None asks it.

    Returns:
        What the monitor can do.
    """
    settings.reset_options(
        organization=request.organization or "organization",
        project=request.project or None,
        stack=request.stack or None,
        parallel=request.parallel or None,
        engine_address=log,
        monitor_address=monitor,
        preview=request.dryRun,
    )
    if features is None:
        await settings._load_monitor_feature_support()  # type: ignore[no-untyped-call]
    else:
        settings.SETTINGS.monitor_features = features
    pulumi.runtime.config.set_all_config(dict(request.config), list(request.configSecretKeys))
    enabled: set[int] = settings.SETTINGS.monitor_features
    return enabled


async def registered() -> None:
    """Wait until all that the running task has registered is registered."""
    await wait_for_rpcs(await_all_outstanding_tasks=False)


def leave_protection_open(parent: pulumi.Resource) -> None:
    """Keep the SDK from asking a stand-in for a resource whether its children are protected; it cannot answer."""
    parent._protect = None


class Servicer(server.ProviderServicer):
    """The SDK's servicer, with names for what it does for itself."""

    def __init__(self, version: str, schema: str, engine_address: str) -> None:
        super().__init__(provider.Provider(version, schema), [], engine_address)

    def alias(self, message: alias_pb2.Alias) -> str | pulumi.Alias:
        """An alias in a request as the SDK has it in options."""
        return self._alias_from_proto(message)

    def options(self, request: provider_pb2.ConstructRequest) -> pulumi.ResourceOptions:
        """The options of a Construct request, without custom time-outs."""
        return self._construct_options(request)

    async def response(self, component: pulumi.ComponentResource, outputs: Any) -> provider_pb2.ConstructResponse:
        """The answer to a Construct request; it asks each output for everything that it depends on."""
        return await self._construct_response(provider.ConstructResult(component.urn, outputs))
