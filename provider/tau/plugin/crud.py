"""Check, Diff, Create, Read, Update and Delete of custom resources: the engine's messages -> `CustomResource`."""

import asyncio
import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import proto

from tau import errors, fields
from tau.engine import property_map, sdk_internals
from tau.kubernetes import api as kubernetes_api
from tau.kubernetes.api import KubernetesApi
from tau.ownership import objects as ownership
from tau.plugin import registry, secret_inputs
from tau.resource import contract
from tau.resource.contract import CustomResource

_ACCESS = ("kubeconfig", "context")
_Access: TypeAlias = tuple[str | None, str | None]


class CustomResources:
    """The custom-resource half of the provider; `tell`, `note` and `warn` are those of an Operation, of a URN."""

    def __init__(
        self,
        schema: Mapping[str, Any],
        tell: Callable[[str, str], None],
        note: Callable[[str, str], None],
        warn: Callable[[str, str], None],
    ) -> None:
        self._schema = schema
        self._tell, self._note, self._warn = tell, note, warn
        self._connections: dict[_Access, KubernetesApi] = {}
        self._made: dict[str, CustomResource[Any]] = {}
        self.cancelled = asyncio.Event()

    def connect(self, kubeconfig: str | None, context: str | None) -> KubernetesApi:
        """The client for a kubeconfig and a context, opened once."""
        if kubeconfig == kubernetes_api.NO_CLUSTER:
            return kubernetes_api.NoCluster()
        return self._connections.setdefault(
            (kubeconfig, context), KubernetesApi(kubeconfig=kubeconfig, context=context)
        )

    async def check(self, request: proto.CheckRequest) -> proto.CheckResponse:
        """Inputs go through unchanged; what is wrong with them comes back by property."""
        problems = errors.Problems()
        for inputs in (request.olds, request.news):
            problems.conceal(secret_inputs.find(self._schema, _token(request.urn), inputs).concealed)
        arguments = self._arguments(request.urn, request.news, problems)
        args = contract.revealed(arguments)
        resource = self._resource(request.urn, args)
        resource.check(arguments, problems)
        recorded = property_map.plain(request.olds)
        if another := _other_cluster(recorded, property_map.plain(request.news)):
            problems.add("", another)
        else:
            await resource.compare(recorded, args, problems)
        inputs = request.news
        inputs.update(await resource.supplement(recorded, args))
        return proto.CheckResponse(inputs=inputs, failures=failures(problems))

    async def diff(self, request: proto.DiffRequest) -> proto.DiffResponse:
        """A changed input is an update, unless the resource says that another one has to be made."""
        changed = _changed(request)
        resource, args = self._served(request.urn, request.news)
        difference = await _difference(resource, changed, args, property_map.plain(request.olds))
        kind = proto.DiffResponse.DIFF_SOME if changed or difference.expired else proto.DiffResponse.DIFF_NONE
        return proto.DiffResponse(
            changes=kind, diffs=sorted(changed | difference.expired), replaces=sorted(difference.replaced)
        )

    async def create(self, request: proto.CreateRequest) -> proto.CreateResponse:
        """Create the resource; a preview has nothing to wait for."""
        resource, args = self._served(request.urn, request.properties)
        if request.preview:
            expected = await resource.foreseen(args, {})
            return proto.CreateResponse(properties=self._answer(request, expected) if expected else request.properties)
        identifier, outputs = await resource.create(args, self._operation(request))
        return proto.CreateResponse(id=identifier, properties=self._answer(request, outputs))

    async def update(self, request: proto.UpdateRequest) -> proto.UpdateResponse:
        """Update the resource in place; a preview expects the outputs to stay that time has not made invalid."""
        resource, args = self._served(request.urn, request.news)
        recorded = property_map.plain(request.olds)
        if request.preview:
            expected = await resource.foreseen(args, recorded)
            if expected:
                return proto.UpdateResponse(properties=self._answer(request, expected))
            difference = await _difference(resource, _changed(request), args, recorded)
            return proto.UpdateResponse(properties=_with_unknown(request.olds, difference.expired))
        outputs = await resource.update(args, recorded, self._operation(request))
        return proto.UpdateResponse(properties=self._answer(request, outputs))

    async def read(self, request: proto.ReadRequest) -> proto.ReadResponse:
        """The resource as it is now; an empty answer says that it is gone."""
        resource, args = self._served(request.urn, request.inputs)
        await self._in_its_cluster(args)
        outputs = await resource.read(args, property_map.plain(request.properties))
        if outputs is None:
            return proto.ReadResponse()
        return proto.ReadResponse(id=request.id, properties=self._answer(request, outputs), inputs=request.inputs)

    async def delete(self, request: proto.DeleteRequest) -> empty_pb2.Empty:
        """Delete the resource."""
        resource, args = self._served(request.urn, request.old_inputs)
        await self._in_its_cluster(args)
        await resource.delete(args, property_map.plain(request.properties), self._operation(request))
        return empty_pb2.Empty()

    async def _in_its_cluster(self, args: Any) -> None:
        """Refuse to look for something, or to delete it, in another cluster than the one in which it was made.

        There it would be gone, or be somebody else's.
        """
        recorded, access = getattr(args, "cluster_id", None), [getattr(args, name, None) for name in _ACCESS]
        known = isinstance(recorded, str) and all(isinstance(value, str | None) for value in access)
        if not known or recorded == ownership.UNIDENTIFIED:
            return
        try:
            live = await self._connect_patiently(*access).identity()
        except errors.ClusterError:
            # A resource that needs the cluster reports that itself.
            return
        if live != recorded:
            raise errors.ClusterError(ownership.another_cluster(str(recorded), live))

    def _answer(self, request: Any, outputs: Mapping[str, Any]) -> struct_pb2.Struct:
        """Outputs of a resource; what the schema calls secret is one, also if it was passed on as it is recorded."""
        declared = self._schema["resources"][_token(request.urn)]["properties"]
        secret = {name for name, spec in declared.items() if spec.get("secret")}
        hidden = {
            name: fields.Secret(handle=None, value=value)
            for name, value in outputs.items()
            if name in secret and not isinstance(value, fields.Deferred)
        }
        return property_map.struct({**outputs, **hidden})

    def _arguments(self, urn: str, inputs: struct_pb2.Struct, problems: errors.Problems) -> Any:
        return property_map.Decoder(self._schema, problems).arguments(_token(urn), inputs)

    def _served(self, urn: str, inputs: struct_pb2.Struct) -> tuple[CustomResource[Any], Any]:
        """The resource of a URN and its arguments, with secrets as plain values, that were checked before."""
        args = contract.revealed(self._arguments(urn, inputs, errors.Problems()))
        return self._resource(urn, args), args

    def _resource(self, urn: str, args: Any) -> CustomResource[Any]:
        """What serves every resource of a token, in the cluster that the arguments name."""
        token = _token(urn)
        if token not in self._made:
            made = registry.custom_resource(token)
            if made is None:
                raise errors.TauError(
                    f"{token} is not a resource of tau; this version has {', '.join(registry.tokens())}"
                )
            self._made[token] = made(self._connect_patiently)
        return self._made[token].reached_by(*_access(args))

    def _connect_patiently(self, kubeconfig: str | None, context: str | None) -> KubernetesApi:
        return self.connect(kubeconfig, context).patient(self.cancelled)

    def _operation(self, request: Any) -> contract.Operation:
        return contract.Operation(
            urn=request.urn,
            seconds=request.timeout or contract.DEFAULT_SECONDS,
            tell=lambda message: self._tell(request.urn, message),
            note=lambda message: self._note(request.urn, message),
            warn=lambda message: self._warn(request.urn, message),
            cancelled=self.cancelled,
        )


def failures(problems: errors.Problems) -> list[proto.CheckFailure]:
    """Problems by property; a secret one by its text alone, since the engine prints the value of a property."""
    return [
        proto.CheckFailure(reason=str(problem))
        if problem.secret
        else proto.CheckFailure(property=problem.path, reason=problem.reason)
        for problem in problems
    ]


async def _difference(
    resource: CustomResource[Any], changed: frozenset[str], args: Any, recorded: Mapping[str, Any]
) -> contract.Difference:
    """What changed inputs, time, and the cluster where the resource observes it, ask for."""
    difference = resource.difference(changed, recorded)
    if difference.replaced:
        return difference
    return dataclasses.replace(difference, expired=difference.expired | await resource.observed(args, recorded))


def _token(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]


def _access(args: Any) -> _Access:
    """The kubeconfig and the context that arguments name; no cluster where they are not known yet.

    The usual places would lead a preview to some other cluster.
    """
    kubeconfig, context = (getattr(args, name, None) for name in _ACCESS)
    if isinstance(kubeconfig, fields.Deferred) or isinstance(context, fields.Deferred):
        return kubernetes_api.NO_CLUSTER, None
    return kubeconfig, context


def _other_cluster(recorded: Mapping[str, Any], current: Mapping[str, Any]) -> str | None:
    """Why a resource does not go to another cluster, with another provider: what it has would stay behind."""
    old, new = (properties.get(ownership.CLUSTER_ID) for properties in (recorded, current))
    unknown = (None, sdk_internals.UNKNOWN, ownership.UNIDENTIFIED)
    return None if old in unknown or new in unknown or old == new else ownership.another_cluster(str(old), str(new))


def _changed(request: Any) -> frozenset[str]:
    # What is marked as a secret differs between languages: some mark the whole object around one.
    old, new = property_map.plain(request.old_inputs), property_map.plain(request.news)
    names = frozenset(name for name in set(old) | set(new) if old.get(name) != new.get(name)) - {ownership.CLUSTER_ID}
    # Another way to the same cluster changes nothing there. The engine records it all the same.
    known = old.get(ownership.CLUSTER_ID)
    return names - frozenset(_ACCESS) if known and known == new.get(ownership.CLUSTER_ID) else names


def _with_unknown(recorded: struct_pb2.Struct, expired: frozenset[str]) -> struct_pb2.Struct:
    expected = struct_pb2.Struct()
    expected.CopyFrom(recorded)
    for name in expired:
        expected.fields[name].string_value = sdk_internals.UNKNOWN
    return expected
