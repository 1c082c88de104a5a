"""A FAKE of the engine's resource monitor: notes what is registered, and answers as if the resource had been made."""

import threading
import time
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import provider_pb2, resource_pb2, resource_pb2_grpc

from testbed.drive import property_map

CA_CERTIFICATE = "-----BEGIN CERTIFICATE-----\nfake\n-----END CERTIFICATE-----\n"
GENERATED_PASSWORD = "Generated0Generated0Generated0Ab"
GENERATION = 3
GENERATED_SERVER_NAME = "postgres-main-15-1"
DIGEST_KEY = "key-of-digests"
NO_RECOVERY: dict[str, Any] = dict.fromkeys(("serverName", "backupId", "targetTime", "targetName", "targetLsn"), "")

_OUTPUTS: dict[str, dict[str, Any]] = {
    "tau:app:DigestKey": {"value": property_map.secret(DIGEST_KEY)},
    "tau:postgres:GatewayKey": {
        "digestKey": property_map.secret(DIGEST_KEY),
        "value": property_map.secret(GENERATED_PASSWORD),
    },
    "tau:postgres:RoleCredential": {
        "digestKey": property_map.secret(DIGEST_KEY),
        "generation": 1,
        "ownerPassword": property_map.secret("former-password"),
        "password": property_map.secret(GENERATED_PASSWORD),
        "secondPassword": property_map.secret(GENERATED_PASSWORD),
        "username": "shop_rotated",
    },
    "tau:postgres:ArchiveGeneration": {"serverName": GENERATED_SERVER_NAME, "recovery": NO_RECOVERY, "message": "new"},
    "tau:postgres:ClusterIdentity": {"uid": "uid-of-kube-system"},
    "tau:postgres:CleanupGuard": {"message": "a deletion deletes the server with its volumes and Secrets"},
    "tau:postgres:SharePreflight": {"flags": [], "freeBytes": 2**40, "message": "the share is writable"},
    "tau:postgres:Readiness": {
        "caCertificate": CA_CERTIFICATE,
        "lastingCaCertificate": CA_CERTIFICATE,
        "message": "ready",
    },
}


_LOOKING_AFTER = {
    "pulumi:providers:kubernetes",
    "tau:postgres:ClusterIdentity",
    "tau:postgres:DeletionGuard",
    "tau:postgres:Ownership",
}
"""Types of the children that every component has in addition to its own."""


@dataclass(frozen=True)
class Registered:
    """One resource as it was registered, and what had been registered as its dependencies."""

    urn: str
    request: resource_pb2.RegisterResourceRequest

    @property
    def inputs(self) -> dict[str, Any]:
        """Plain values, secrets opened, without the identity of the cluster that every resource of tau has."""
        inputs = property_map.plain(self.request.object)
        inputs.pop("clusterId", None)
        return inputs


class FakeMonitor(resource_pb2_grpc.ResourceMonitorServicer):
    """The monitor of one deployment; `holding` says which types take as long as `released` is not set."""

    def __init__(self, *, preview: bool = False, holding: str = "nothing") -> None:
        self.preview = preview
        self.address = ""
        self.outputs: dict[str, dict[str, Any]] = {}
        self.states: dict[str, dict[str, Any]] = {}
        self.released = threading.Event()
        self._answers: dict[str, dict[str, Any]] = {kind: dict(outputs) for kind, outputs in _OUTPUTS.items()}
        self._holding = holding
        self._refused: dict[str, tuple[grpc.StatusCode, str]] = {}
        self._registered: list[Registered] = []
        self._lock = threading.Lock()

    def GetDeploymentInfo(self, request: Any, context: Any) -> resource_pb2.DeploymentInfo:
        supported = resource_pb2.ResourceMonitorFeature.values()
        return resource_pb2.DeploymentInfo(supportedFeatures=supported, dryRun=self.preview)

    def RegisterResource(
        self, request: resource_pb2.RegisterResourceRequest, context: Any
    ) -> resource_pb2.RegisterResourceResponse:
        if request.type in self._refused:
            context.abort(*self._refused[request.type])
        made = Registered(urn=_urn(request), request=request)
        with self._lock:
            self._registered.append(made)
        if request.type.endswith(self._holding):
            self.released.wait()
        known = request.custom and not self.preview
        identifier = f"id-of-{request.name}" if known else ""
        return resource_pb2.RegisterResourceResponse(urn=made.urn, id=identifier, object=self._state(request))

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest, context: Any) -> provider_pb2.InvokeResponse:
        """The engine's own function that tells what a registered resource has."""
        assert request.tok == "pulumi:pulumi:getResource"
        response = provider_pb2.InvokeResponse()
        state = self.states.get(str(request.args["urn"]))
        if state is None:
            context.abort(grpc.StatusCode.UNKNOWN, f"unknown resource {request.args['urn']}")
        getattr(response, "return").update({"urn": request.args["urn"], "state": state})
        return response

    def RegisterResourceOutputs(self, request: Any, context: Any) -> empty_pb2.Empty:
        with self._lock:
            self.outputs[request.urn] = property_map.plain(request.outputs)
        return empty_pb2.Empty()

    def wait_for(self, count: int, kind: str) -> None:
        """Wait until so many resources of a type have been registered."""
        deadline = time.monotonic() + 30
        while (seen := sum(resource.request.type.endswith(kind) for resource in self.registered)) < count:
            assert time.monotonic() < deadline, f"{seen} of {count} {kind} were registered"
            time.sleep(0.02)

    def answer(self, kind: str, **outputs: Any) -> None:
        """Give resources of a type other outputs."""
        self._answers.setdefault(kind, {}).update(outputs)

    def refuse(self, kind: str, code: grpc.StatusCode, message: str) -> None:
        """Answer with an error whenever a resource of a type is registered."""
        self._refused[kind] = (code, message)

    def _state(self, request: resource_pb2.RegisterResourceRequest) -> struct_pb2.Struct:
        state = struct_pb2.Struct()
        state.CopyFrom(request.object)
        if self.preview:
            return state
        state.update(self._answers.get(request.type, {}))
        if request.type.endswith(":SelfSignedCertificate"):
            urn = _urn(request)
            state.update({"certificate": f"PEM of {urn}", "privateKey": property_map.secret(f"key of {urn}")})
        if request.type.startswith("kubernetes:"):
            state.fields["metadata"].struct_value.update({"generation": GENERATION})
        return state

    @property
    def registered(self) -> list[Registered]:
        """What components are made of, in the order of registration."""
        return [resource for resource in self.everything if resource.request.type not in _LOOKING_AFTER]

    @property
    def everything(self) -> list[Registered]:
        """The same, with what looks after cluster and owner."""
        with self._lock:
            return list(self._registered)

    @property
    def names(self) -> set[str]:
        """Logical names of what is registered, components included."""
        return {resource.request.name for resource in self.registered}

    def find(self, name: str, kind: str = "") -> Registered:
        """The one resource of this logical name, and of a type that ends in `kind`."""
        matches = [
            resource
            for resource in self.everything
            if resource.request.name == name and resource.request.type.endswith(kind)
        ]
        assert len(matches) == 1, f"{len(matches)} resources {name!r} of {sorted(self.names)}"
        return matches[0]

    @contextmanager
    def serving(self) -> Iterator["FakeMonitor"]:
        """Listens while the deployment lasts."""
        server = grpc.server(futures.ThreadPoolExecutor(max_workers=100))
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(self, server)
        self.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        server.start()
        try:
            yield self
        finally:
            self.released.set()
            server.stop(None).wait()


def _urn(request: resource_pb2.RegisterResourceRequest) -> str:
    above = request.parent.split("::")[2] + "$" if request.parent else ""
    above = above.removeprefix("pulumi:pulumi:Stack$")
    stack, project = (request.parent.split("::")[:2]) if request.parent else ("urn:pulumi:dev", "garden")
    return f"{stack}::{project}::{above}{request.type}::{request.name}"
