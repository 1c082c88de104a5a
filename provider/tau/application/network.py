"""How an application is reached: Service, Ingress and URL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tau import errors, naming
from tau.application.identity import Identity
from tau.fields import Input, lift
from tau.kubernetes.kinds import ingress, service
from tau.kubernetes.manifest import Manifest
from tau.settings import Settings
from tau.types.app import Ingress, Port, TauApplicationArgs


@dataclass(frozen=True, kw_only=True)
class NamedIngress:
    """One Ingress: its property path, its logical suffix, and its key in `ingresses`, None for `ingress`."""

    path: str
    suffix: str
    key: str | None
    given: Ingress

    def name(self, application: Input[str]) -> Input[str]:
        """Name of the object."""
        return application if self.key is None else naming.application_part(application, self.key)


def ingresses(args: TauApplicationArgs) -> list[NamedIngress]:
    """Every Ingress, the one of `ingress` first, then by key."""
    found = []
    if args.ingress:
        found = [NamedIngress(path="ingress", suffix="ingress", key=None, given=args.ingress)]
    for key, given in sorted(args.ingresses.items()) if isinstance(args.ingresses, Mapping) else ():
        path = errors.below("ingresses", key)
        found.append(NamedIngress(path=path, suffix=f"ingress-{key}", key=key, given=given))
    return found


def service_of(identity: Identity, args: TauApplicationArgs) -> Manifest | None:
    """A Service for `ports`, if there are any; the Pods may be those of a Deployment that tau does not make."""
    if not args.ports:
        return None
    ports = [
        {"name": name(one, index), "port": one.port, "targetPort": target(one), "protocol": one.protocol}
        for index, one in enumerate(args.ports)
    ]
    selector = naming.application_selector(identity.name)
    return service.service(identity.metadata(identity.name), selector=selector, ports=ports)


def container_ports(ports: Sequence[Port]) -> list[Manifest]:
    """`ports` of a container."""
    return [
        {"name": name(one, index), "containerPort": target(one), "protocol": one.protocol}
        for index, one in enumerate(ports)
    ]


def name(port: Port, index: int) -> Input[str]:
    """Name of a port, in the Service and in the container."""
    if port.name is not None:
        return port.name
    return "http" if index == 0 else lift(lambda number: f"port-{number}", port.port)


def target(port: Port) -> Input[int]:
    """Port of the container."""
    return port.port if port.target_port is None else port.target_port


def first_tcp_port(ports: Sequence[Port] | None) -> Port | None:
    """The port that is asked where none is named."""
    return next((one for one in ports or [] if one.protocol not in ("UDP", "SCTP")), None)


def hosts(name: Input[str], given: Ingress, settings: Settings) -> Input[list[Any]]:
    """Host names of an Ingress of the application of this name."""
    if given.hosts is not None:
        return given.hosts
    if given.host is not None:
        return [given.host]
    below = name if given.subdomain is None else given.subdomain
    domain = given.domain or settings.domain or ""
    return [lift(lambda left, right: f"{left}.{right}", below, domain)]


def ingress_objects(identity: Identity, args: TauApplicationArgs, settings: Settings) -> dict[str, Manifest]:
    """Every Ingress by its logical suffix; none without a port."""
    port = first_tcp_port(args.ports)
    return {one.suffix: _ingress(identity, one, port, settings) for one in ingresses(args)} if port else {}


def _ingress(identity: Identity, one: NamedIngress, port: Port, settings: Settings) -> Manifest:
    given = one.given
    named = hosts(identity.name, given, settings)
    return ingress.ingress(
        identity.metadata(one.name(identity.name), given.annotations),
        hosts=named,
        path=given.path,
        service=identity.name,
        port=port.port if given.port is None else given.port,
        class_name=_class(given, settings),
        tls=_tls(one.name(identity.name), given, named, settings) if given.tls else None,
    )


def _class(given: Ingress, settings: Settings) -> Input[str] | None:
    if given.class_name is not None or given.visibility is None:
        return given.class_name
    classes = {"public": settings.ingress_class_public, "private": settings.ingress_class_private}
    return lift(lambda visibility: classes[visibility], given.visibility)


def _tls(name: Input[str], given: Ingress, named: Input[list[Any]], settings: Settings) -> Input[Manifest]:
    secret = given.tls_secret_name or settings.ingress_tls_secret
    if secret:
        return {"hosts": named, "secretName": secret}
    own = naming.application_part(name, "tls")
    return lift(_own_tls, named, own, given.annotations or {})


def _own_tls(named: list[str], secret: str, annotations: Mapping[str, Any]) -> Manifest:
    """With a Secret for cert-manager to fill, if an annotation asks it to, else with the controller's certificate."""
    issued = any(key.startswith("cert-manager.io/") for key in annotations)
    return {"hosts": named, "secretName": secret} if issued else {"hosts": named}


def url(identity: Identity, args: TauApplicationArgs, settings: Settings) -> Input[str]:
    """Where the application is reached, by its first Ingress; empty if nowhere."""
    port, every = first_tcp_port(args.ports), ingresses(args)
    if every and port:
        given = every[0].given
        named = hosts(identity.name, given, settings)
        scheme = "https" if given.tls else "http"
        return lift(lambda names, path: f"{scheme}://{names[0]}{path.rstrip('/')}", named, given.path)
    if port:
        return lift(_service_url, identity.name, identity.namespace, port.port)
    return ""


def _service_url(service_name: str, namespace: str, port: int) -> str:
    suffix = "" if port == 80 else f":{port}"
    return f"http://{naming.service_host(service_name, namespace)}{suffix}"
