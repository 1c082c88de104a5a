"""How an application is reached: Service, Ingress and URL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tau import errors, naming
from tau.application.identity import Identity
from tau.fields import Input, lift
from tau.kubernetes.kinds import ingress, service
from tau.kubernetes.manifest import Manifest, Parts, parts
from tau.settings import Settings
from tau.types.app import Ingress, Port, TauApplicationArgs


@dataclass(frozen=True, kw_only=True)
class NamedIngress:
    """One Ingress: its property path, its logical suffix, and its key in `ingresses`, None for `ingress`."""

    path: str
    suffix: str
    key: str | None
    options: Ingress

    def name(self, application: Input[str]) -> Input[str]:
        """Name of the object."""
        return application if self.key is None else naming.application_part(application, self.key)


def ingresses(args: TauApplicationArgs) -> list[NamedIngress]:
    """Every Ingress, the one of `ingress` first, then by key."""
    entries = []
    if args.ingress:
        entries = [NamedIngress(path="ingress", suffix="ingress", key=None, options=args.ingress)]
    for key, options in sorted(args.ingresses.items()) if isinstance(args.ingresses, Mapping) else ():
        path = errors.below("ingresses", key)
        entries.append(NamedIngress(path=path, suffix=f"ingress-{key}", key=key, options=options))
    return entries


def service_of(identity: Identity, args: TauApplicationArgs) -> Manifest | None:
    """A Service for `ports`, if there are any; the Pods may be those of a Deployment that tau does not make."""
    if not args.ports:
        return None
    ports = [
        {"name": name(port, index), "port": port.port, "targetPort": target(port), "protocol": port.protocol}
        for index, port in enumerate(args.ports)
    ]
    selector = naming.application_selector(identity.name)
    return service.service(identity.metadata(identity.name), selector=selector, ports=ports)


def container_ports(ports: Sequence[Port]) -> list[Manifest]:
    """`ports` of a container."""
    return [
        {"name": name(port, index), "containerPort": target(port), "protocol": port.protocol}
        for index, port in enumerate(ports)
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
    return next((port for port in ports or [] if port.protocol not in ("UDP", "SCTP")), None)


def hosts(name: Input[str], options: Ingress, settings: Settings) -> Input[list[Any]]:
    """Host names of an Ingress of the application of this name."""
    if options.hosts is not None:
        return options.hosts
    if options.host is not None:
        return [options.host]
    below = name if options.subdomain is None else options.subdomain
    domain = options.domain or settings.domain or ""
    return [lift(lambda left, right: f"{left}.{right}", below, domain)]


def ingress_objects(identity: Identity, args: TauApplicationArgs, settings: Settings) -> Parts:
    """Every Ingress; none without a port."""
    port = first_tcp_port(args.ports)
    return parts(*((entry.suffix, _ingress(identity, entry, port, settings)) for entry in ingresses(args) if port))


def _ingress(identity: Identity, entry: NamedIngress, port: Port, settings: Settings) -> Manifest:
    options = entry.options
    named = hosts(identity.name, options, settings)
    return ingress.ingress(
        identity.metadata(entry.name(identity.name), options.annotations),
        hosts=named,
        path=options.path,
        service=identity.name,
        port=port.port if options.port is None else options.port,
        class_name=_class(options, settings),
        tls=_tls(entry.name(identity.name), options, named, settings) if options.tls else None,
    )


def _class(options: Ingress, settings: Settings) -> Input[str] | None:
    if options.class_name is not None or options.visibility is None:
        return options.class_name
    classes = {"public": settings.ingress_class_public, "private": settings.ingress_class_private}
    return lift(lambda visibility: classes[visibility], options.visibility)


def _tls(name: Input[str], options: Ingress, named: Input[list[Any]], settings: Settings) -> Input[Manifest]:
    secret = options.tls_secret_name or settings.ingress_tls_secret
    if secret:
        return {"hosts": named, "secretName": secret}
    own = naming.application_part(name, "tls")
    return lift(_own_tls, named, own, options.annotations or {})


def _own_tls(named: list[str], secret: str, annotations: Mapping[str, Any]) -> Manifest:
    """With a Secret for cert-manager to fill, if an annotation asks it to, else with the controller's certificate."""
    issued = any(key.startswith("cert-manager.io/") for key in annotations)
    return {"hosts": named, "secretName": secret} if issued else {"hosts": named}


def url(identity: Identity, args: TauApplicationArgs, settings: Settings) -> Input[str]:
    """Where the application is reached, by its first Ingress; empty if nowhere."""
    port, every = first_tcp_port(args.ports), ingresses(args)
    if every and port:
        options = every[0].options
        named = hosts(identity.name, options, settings)
        scheme = "https" if options.tls else "http"
        return lift(lambda names, path: f"{scheme}://{names[0]}{path.rstrip('/')}", named, options.path)
    if port:
        return lift(_service_url, identity.name, identity.namespace, port.port)
    return ""


def _service_url(service_name: str, namespace: str, port: int) -> str:
    suffix = "" if port == 80 else f":{port}"
    return f"http://{naming.service_host(service_name, namespace)}{suffix}"
