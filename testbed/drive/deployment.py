"""One deployment as the plugin sees it: Construct requests like the engine's, and what comes of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf import any_pb2
from pulumi.runtime import proto
from pulumi.runtime.proto import errors_pb2, status_pb2

from testbed.drive import property_map
from testbed.drive.fake_monitor import FakeMonitor
from testbed.drive.plugin import Plugin

STACK = "urn:pulumi:dev::garden::pulumi:pulumi:Stack::garden-dev"


@dataclass(frozen=True)
class Refusal:
    """An error of the plugin: its text, and the problems by property path."""

    code: grpc.StatusCode
    message: str
    problems: Mapping[str, str]

    @property
    def text(self) -> str:
        """Everything that the user can come to see."""
        return "\n".join([self.message, *(f"{path}: {reason}" for path, reason in self.problems.items())])


def refusal(error: grpc.RpcError) -> Refusal:
    """Reads the error as the engine does."""
    metadata = {item.key: item.value for item in error.trailing_metadata() or ()}
    status = status_pb2.Status.FromString(metadata.get("grpc-status-details-bin", b""))
    problems: dict[str, str] = {}
    for detail in status.details:
        problems |= _problems(detail)
    return Refusal(code=error.code(), message=str(error.details()), problems=problems)


def _problems(detail: any_pb2.Any) -> dict[str, str]:
    unpacked = errors_pb2.InputPropertiesError()
    assert detail.Unpack(unpacked)
    paths = [error.property_path for error in unpacked.errors]
    assert len(paths) == len(set(paths)), f"two problems at one path: {paths}"
    return {error.property_path: error.reason for error in unpacked.errors}


@dataclass(frozen=True)
class Deployment:
    """A `pulumi up` or, where the monitor says so, a preview."""

    plugin: Plugin
    monitor: FakeMonitor
    config: Mapping[str, str] = field(default_factory=dict)
    project: str = "garden"
    stack: str = "dev"

    def request(self, kind: str, name: str, inputs: Mapping[str, Any], **options: Any) -> proto.ConstructRequest:
        """What the engine sends; options are fields of ConstructRequest."""
        defaults: dict[str, Any] = {"parent": STACK, "accepts_output_values": True} | options
        return proto.ConstructRequest(
            project=self.project,
            stack=self.stack,
            config=self.config,
            dryRun=self.monitor.preview,
            parallel=16,
            monitorEndpoint=self.monitor.address,
            organization="organization",
            type=f"tau:{'app' if kind == 'TauApplication' else 'postgres'}:{kind}",
            name=name,
            inputs=property_map.struct(inputs),
            **defaults,
        )

    def construct(self, kind: str, name: str, /, inputs: Mapping[str, Any], **options: Any) -> proto.ConstructResponse:
        """Construct and wait for it."""
        response: proto.ConstructResponse = self.plugin.calls.Construct(
            self.request(kind, name, inputs, **options), timeout=30
        )
        return response

    def refused(self, kind: str, name: str, /, inputs: Mapping[str, Any], **options: Any) -> Refusal:
        """Construct something that must be refused before anything is registered."""
        before = len(self.monitor.registered)
        try:
            self.construct(kind, name, inputs, **options)
        except grpc.RpcError as error:
            assert len(self.monitor.registered) == before, "something was registered all the same"
            return refusal(error)
        raise AssertionError("nothing was refused")
