"""What the engine may ask of tau: components here, custom resources in `crud`.

Builds on the SDK's own servicer, which serves components only; what it lacks or drops is added: Handshake,
the provider's own reference, custom time-outs, and the custom-resource calls.
"""

import collections
import dataclasses
import json
import pathlib
from collections.abc import Awaitable, Iterable, Mapping
from typing import Any

import grpc
import pulumi
from google.protobuf import empty_pb2
from pulumi.errors import InputPropertiesError, RunError
from pulumi.runtime import proto

import tau
from tau import errors, naming
from tau import settings as configuration
from tau.component import access, adoption
from tau.component.claims import Claims
from tau.component.context import Construction
from tau.component.inventory import Inventory
from tau.component.lookups import Lookups
from tau.engine import property_map, sdk_internals, session
from tau.kubernetes import api as kubernetes_api
from tau.plugin import answers, crud, registry, secret_inputs
from tau.resource import contract, function

SCHEMA = pathlib.Path(__file__).resolve().parents[3] / "schema.json"
_ACCEPTED = {"acceptSecrets": True, "acceptResources": True, "acceptOutputs": True}


@dataclasses.dataclass
class _Deployment:
    """What the components of one deployment share; `within` are the URNs that each is made of."""

    claims: Claims = dataclasses.field(default_factory=Claims)
    within: dict[str, set[str]] = dataclasses.field(default_factory=dict)
    accesses: dict[str, access.Access] = dataclasses.field(default_factory=dict)
    lookups: Lookups = dataclasses.field(default_factory=Lookups)


class Servicer(sdk_internals.Servicer):
    """Everything that the engine asks of tau, in one process."""

    def __init__(self, engine_address: str) -> None:
        text = SCHEMA.read_text()
        super().__init__(tau.__version__, text, engine_address)
        self._schema = json.loads(text)
        self._configuration: dict[str, str] = {}
        self._reference: str | None = None
        self._deployments: dict[str, _Deployment] = collections.defaultdict(_Deployment)
        self._engine = session.Engine(engine_address)
        self._custom = crud.CustomResources(self._schema, self._engine.tell, self._engine.note, self._engine.warn)

    async def Handshake(self, request: Any, context: Any) -> Any:
        """Say what tau understands, so that Configure brings the provider's URN and ID."""
        return proto.ProviderHandshakeResponse(accept_secrets=True, accept_resources=True, accept_outputs=True)

    async def Configure(self, request: Any, context: Any) -> proto.ConfigureResponse:
        """Keep the configuration of this provider instance, and who it is."""
        prefix = "tau:config:"
        # A value that another resource is yet to give is left out: its default stands in until `up`.
        self._configuration = {
            key.removeprefix(prefix): value
            for key, value in request.variables.items()
            if sdk_internals.UNKNOWN not in value
        }
        self._reference = f"{request.urn}::{request.id}" if request.urn and request.id else None
        # What a deployment before this one made says nothing about the next, which may have the same address.
        self._deployments.clear()
        self._engine.forget()
        return proto.ConfigureResponse(**_ACCEPTED)

    async def CheckConfig(self, request: Any, context: Any) -> Any:
        """Configuration is judged where it is used, together with the inputs of the resource."""
        return proto.CheckResponse(inputs=request.news)

    async def DiffConfig(self, request: Any, context: Any) -> Any:
        """Changed configuration never replaces anything."""
        return proto.DiffResponse(changes=proto.DiffResponse.DIFF_NONE)

    async def Invoke(self, request: Any, context: Any) -> Any:
        """Call a function."""
        return await self._answered(context, request.tok, self._invoke(request))

    async def _invoke(self, request: proto.InvokeRequest) -> proto.InvokeResponse:
        called = registry.function(request.tok)
        if called is None:
            raise errors.TauError(f"{request.tok} is not a function of tau {tau.__version__}")
        problems = errors.Problems()
        problems.conceal(secret_inputs.find(self._schema, request.tok, request.args).concealed)
        args = contract.revealed(property_map.Decoder(self._schema, problems).arguments(request.tok, request.args))
        configuration.resolve(provider=self._configuration, stack={}, project="", problems=problems)
        if problems:
            return proto.InvokeResponse(failures=crud.failures(problems))
        call = function.Call(
            api=self._custom.connect(self._configuration.get("kubeconfig"), self._configuration.get("context")),
            tell=lambda message: self._engine.tell("", message),
            cancelled=self._custom.cancelled,
            preview=request.preview,
        )
        response = proto.InvokeResponse()
        getattr(response, "return").CopyFrom(property_map.struct(await called(args, call)))  # A keyword of Python.
        return response

    async def Cancel(self, request: Any, context: Any) -> empty_pb2.Empty:
        """End every wait."""
        self._custom.cancelled.set()
        return empty_pb2.Empty()

    async def Check(self, request: Any, context: Any) -> Any:
        return await self._answered(context, _resource(request.urn), self._custom.check(request), request.urn)

    async def Diff(self, request: Any, context: Any) -> Any:
        return await self._answered(context, _resource(request.urn), self._custom.diff(request), request.urn)

    async def Create(self, request: Any, context: Any) -> Any:
        return await self._answered(context, _resource(request.urn), self._custom.create(request), request.urn)

    async def Read(self, request: Any, context: Any) -> Any:
        return await self._answered(context, _resource(request.urn), self._custom.read(request), request.urn)

    async def Update(self, request: Any, context: Any) -> Any:
        return await self._answered(context, _resource(request.urn), self._custom.update(request), request.urn)

    async def Delete(self, request: Any, context: Any) -> Any:
        return await self._answered(context, _resource(request.urn), self._custom.delete(request), request.urn)

    async def Construct(self, request: Any, context: Any) -> Any:
        """As the SDK does, but failures are told in their own words, without a stack trace."""
        return await self._answered(context, f"{request.type} {request.name!r}", self._construct(request, context))

    async def _answered(
        self, context: grpc.aio.ServicerContext, asked: str, handling: Awaitable[Any], urn: str = ""
    ) -> Any:
        return await answers.answered(context, asked, handling, lambda message: self._engine.debug(urn, message))

    async def _construct(self, request: proto.ConstructRequest, context: Any) -> proto.ConstructResponse:
        await self._engine.enter(request)
        try:
            return await self._constructed(request)
        except errors.InvalidInputs as invalid:
            refusal = _refusal(invalid)
            status = self.create_grpc_invalid_properties_status(refusal.message, refusal.errors)
            return await context.abort_with_status(status)  # type: ignore[no-any-return]
        except Exception as failure:
            if type(failure) in (Exception, RunError):  # What the SDK makes of an error that the engine answered.
                raise errors.TauError(str(failure)) from None
            raise

    async def _constructed(self, request: proto.ConstructRequest) -> proto.ConstructResponse:
        served = registry.component(request.type)
        if served is None:
            raise errors.TauError(f"{request.type} is not a component of tau {tau.__version__}")
        examine, component = served
        problems = errors.Problems()
        adopted = self._adopted(request)
        configured = await self._configured(request)
        construction, args = self._prepare(request, adopted, configured, problems)
        plan = await examine(request.name, args, construction, problems)
        if not problems:
            adopted.check(problems)
        problems.raise_if_any()
        try:
            made = component(request.name, plan, construction, self._options(request))
            construction.inventory.close()
        except BaseException:
            construction.inventory.abandon()
            raise
        # Only then does it know of its children.
        await made.urn.future()
        await sdk_internals.registered()
        response = await self.response(made, made.outputs)
        within = {urn for dependencies in response.stateDependencies.values() for urn in dependencies.urns}
        self._deployments[request.monitorEndpoint].within[response.urn] = within
        return response

    def _standing(self, request: proto.ConstructRequest, dependencies: Iterable[str]) -> frozenset[str]:
        """Dependencies, and what the components among them are made of.

        The engine deletes in the order of dependencies, and does not know that one on a component means its children.
        """
        known = self._deployments[request.monitorEndpoint].within
        inner = (known.get(urn, set()) for urn in {*dependencies, *request.dependencies})
        return frozenset(dependencies).union(*inner)

    def _adopted(self, request: proto.ConstructRequest) -> adoption.Adoption:
        """Take the aliases that are for objects below the component out of its request."""
        own, below = adoption.separate(request.aliases, request.name, request.parent)
        del request.aliases[:]
        request.aliases.extend(own)
        aliases_of = {kind: [self.alias(alias) for alias in aliases] for kind, aliases in below.items()}
        return adoption.Adoption(aliases_of)

    async def _configured(self, request: proto.ConstructRequest) -> access.Configured:
        """How the kubernetes provider is configured that the component is to use: an explicit one, or the stack's."""
        explicit = request.providers.get(access.PACKAGE)
        properties: Mapping[str, Any]
        if explicit:
            urn = explicit.rpartition("::")[0]
            name, properties = (
                urn.rpartition("::")[2],
                property_map.untyped(await self._engine.outputs_of(request.monitorEndpoint, urn)),
            )
        else:
            name, properties = (
                access.PACKAGE,
                access.of_stack(request.config, request.configSecretKeys, self._configuration),
            )
        # Each provider instance of tau is a process of its own, and registers what its components use.
        own = (self._reference or "").rpartition("::")[0].rpartition("::")[2]
        prefix = "" if not own or own.startswith("default") else f"{own}-"
        stack = naming.stack(request.project, request.stack)
        return access.Configured(name=f"{prefix}{name}", properties=access.passed_on(properties), stack=stack)

    def _prepare(
        self,
        request: proto.ConstructRequest,
        adopted: adoption.Adoption,
        configured: access.Configured,
        problems: errors.Problems,
    ) -> tuple[Construction, Any]:
        decoder = property_map.Decoder(self._schema, problems)
        hidden = secret_inputs.find(self._schema, request.type, request.inputs)
        problems.conceal(hidden.concealed)
        args = decoder.arguments(request.type, request.inputs)
        secret_inputs.refuse(hidden, request.type, problems)
        for dependencies in request.inputDependencies.values():
            decoder.dependencies.update(dependencies.urns)
        resolved = configuration.resolve(
            provider=self._configuration, stack=request.config, project=request.project, problems=problems
        )
        settings = dataclasses.replace(resolved, rendered=configured.text("renderYamlToDirectory") is not None)
        deployment = self._deployments[request.monitorEndpoint]
        construction = Construction(
            resource=f"{request.type} {request.name!r}",
            settings=settings,
            api=self._api(configured, rendered=settings.rendered),
            claims=deployment.claims,
            dependencies=self._standing(request, decoder.dependencies),
            ordered=bool(decoder.dependencies or request.dependencies),
            provider=self._reference,
            preview=request.dryRun,
            derived=frozenset(name for name, sources in request.inputDependencies.items() if sources.urns),
            adoption=adopted,
            inventory=Inventory(naming.urn(request.stack, request.project, request.parent, request.type, request.name)),
            configured=configured,
            accesses=deployment.accesses,
            lookups=deployment.lookups,
        )
        return construction, args

    def _api(self, configured: access.Configured, *, rendered: bool) -> kubernetes_api.KubernetesApi:
        if rendered or not configured.known():
            return self._custom.connect(kubernetes_api.NO_CLUSTER, None)
        return self._custom.connect(configured.text("kubeconfig"), configured.text("context"))

    def _options(self, request: proto.ConstructRequest) -> pulumi.ResourceOptions:
        """The SDK's options, with the custom time-outs that it drops, and open where the parent is to decide."""
        options = self.options(request)
        if request.HasField("customTimeouts"):
            timeouts = request.customTimeouts
            options.custom_timeouts = pulumi.CustomTimeouts(
                create=timeouts.create or None,
                update=timeouts.update or None,
                delete=timeouts.delete or None,
                read=timeouts.read or None,
            )
        if not request.HasField("protect"):
            options.protect = None
            if options.parent:
                sdk_internals.leave_protection_open(options.parent)
        options.retain_on_delete = request.retainOnDelete if request.HasField("retainOnDelete") else None
        return options


def _resource(urn: str) -> str:
    """A resource as its user knows it."""
    _, _, types, name = urn.split("::", 3)
    return f"{types.rpartition('$')[2]} {name!r}"


def _refusal(invalid: errors.InvalidInputs) -> InputPropertiesError:
    """All problems as one error; secret ones go in its text, since the engine prints the value at each path."""
    hidden = [str(problem) for problem in invalid.problems if problem.secret]
    count = len(invalid.problems)
    summary = f"{count} problem{'s' if count > 1 else ''} with the inputs; nothing was changed"
    shown: list[Mapping[str, str]] = [
        {"property_path": problem.path, "reason": problem.reason} for problem in invalid.problems if not problem.secret
    ]
    return InputPropertiesError("\n\t\t- ".join([summary, *hidden]), shown)  # type: ignore[arg-type]
