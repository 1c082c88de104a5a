"""Calls for `tau:postgres:Readiness`, as the engine makes them."""

from dataclasses import dataclass
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime import proto

from testbed.drive import property_map
from testbed.drive.plugin import Plugin
from tests.construct.fake_kubernetes import CNPG, FakeKubernetes

API_VERSIONS = {"Cluster": CNPG, "Database": CNPG, "DatabaseRole": CNPG, "Deployment": "apps/v1"}


@dataclass(frozen=True)
class Waiting:
    """One Readiness of an object in a fake cluster."""

    plugin: Plugin
    cluster: FakeKubernetes
    kind: str
    name: str

    @property
    def urn(self) -> str:
        """One of its own, so that what is told about it can be told apart."""
        return f"urn:pulumi:dev::garden::tau:postgres:Instance$tau:postgres:Readiness::{self.kind}-{self.name}"

    def inputs(self, **more: Any) -> struct_pb2.Struct:
        """Properties of the resource."""
        return property_map.struct(
            {
                "apiVersion": API_VERSIONS.get(self.kind, "v1"),
                "kind": self.kind,
                "namespace": "default",
                "name": self.name,
                "kubeconfig": property_map.secret(self.cluster.kubeconfig),
            }
            | more
        )

    def begin(self, *, timeout: float = 0, preview: bool = False, **more: Any) -> Any:
        """Create, in the background, with `more` inputs."""
        request = proto.CreateRequest(urn=self.urn, properties=self.inputs(**more), timeout=timeout, preview=preview)
        return self.plugin.calls.Create.future(request, timeout=40)

    def begin_update(self, *, timeout: float = 0) -> Any:
        """Update after a changed generation, in the background."""
        request = proto.UpdateRequest(
            id=self.identifier,
            urn=self.urn,
            olds=self.inputs(generation=1),
            old_inputs=self.inputs(generation=1),
            news=self.inputs(generation=2),
            timeout=timeout,
        )
        return self.plugin.calls.Update.future(request, timeout=40)

    @property
    def identifier(self) -> str:
        """What Create answers."""
        return f"{self.kind}/default/{self.name}"
