"""Ports and Ingress of an application: what is wrong with them, as far as it is known."""

import re
from collections.abc import Iterable

from tau import errors
from tau.desired import application_network, constraints
from tau.desired.settings import Settings
from tau.types.app import Ingress, Port, TauApplicationArgs

_PROTOCOLS = ("TCP", "UDP", "SCTP")
_VISIBILITIES = ("public", "private")


def check(args: TauApplicationArgs, settings: Settings, problems: errors.Problems) -> None:
    """Note what is wrong with `ports` and `ingress`."""
    ports = args.ports if isinstance(args.ports, list) else []
    for index, one in enumerate(ports):
        path = f"ports[{index}]"
        check_port(f"{path}.port", one.port, problems)
        check_port(f"{path}.targetPort", one.target_port, problems)
        constraints.check(problems, f"{path}.name", one.name, port_name)
        check_choice(f"{path}.protocol", one.protocol, _PROTOCOLS, problems)
    _check_distinct(ports, problems)
    if args.ingress:
        _check_ingress(args.ingress, ports, settings, problems)


def check_port(path: str, number: object, problems: errors.Problems) -> None:
    """Note what is wrong with the number of a port."""
    if isinstance(number, int) and not 1 <= number <= 65535:
        problems.add(path, f"{number} is not a port; write 1 to 65535")


def check_choice(path: str, value: object, choices: Iterable[str], problems: errors.Problems) -> None:
    """Note a value that is none of a few."""
    if isinstance(value, str) and value not in choices:
        problems.add(path, f"{value!r} is unknown; write one of {', '.join(choices)}")


def port_name(value: str) -> str | None:
    """A name that Kubernetes gives to a port."""
    if not re.fullmatch(r"(?=.*[a-z])[a-z0-9]([a-z0-9-]*[a-z0-9])?", value) or len(value) > 15 or "--" in value:
        return "is not the name of a port; use at most 15 lower-case letters, digits and `-`"
    return None


def _check_distinct(ports: list[Port], problems: errors.Problems) -> None:
    seen: set[tuple[object, ...]] = set()
    for index, one in enumerate(ports):
        name = application_network.name(one, index)
        keys = {"port": ("port", one.port, one.protocol), "name": ("name", name)}
        for field, key in keys.items():
            known = all(isinstance(part, str | int) for part in key)
            if known and key in seen:
                problems.add(f"ports[{index}].{field}", f"{key[1]!r} is there twice; leave one out")
            seen.add(key)


def _check_ingress(given: Ingress, ports: list[Port], settings: Settings, problems: errors.Problems) -> None:
    if not application_network.first_tcp_port(ports):
        problems.add("ingress", "needs a TCP port to send requests to; write for example `ports: [{ port: 8080 }]`")
    _check_hosts(given, settings, problems)
    if given.class_name is not None and given.visibility is not None:
        problems.add("ingress.className", "is not used with `visibility`; leave one out")
    check_choice("ingress.visibility", given.visibility, _VISIBILITIES, problems)
    constraints.check(problems, "ingress.className", given.class_name, constraints.dns_subdomain)
    constraints.check(problems, "ingress.path", given.path, absolute_path)
    constraints.annotations(problems, "ingress.annotations", given.annotations)
    constraints.check(problems, "ingress.tlsSecretName", given.tls_secret_name, constraints.dns_subdomain)
    if given.tls_secret_name is not None and not given.tls:
        problems.add("ingress.tlsSecretName", "is not used with `tls: false`; leave one out")
    numbers = [one.port for one in ports]
    if isinstance(given.port, int) and given.port not in numbers and all(isinstance(one, int) for one in numbers):
        known = ", ".join(map(str, numbers)) or "none"
        problems.add("ingress.port", f"{given.port} is not among `ports` ({known}); name one of them")


def _check_hosts(given: Ingress, settings: Settings, problems: errors.Problems) -> None:
    ways = [name for name in ("host", "hosts", "subdomain") if getattr(given, name) is not None]
    for name in ways[1:]:
        problems.add(f"ingress.{name}", f"is not used together with `{ways[0]}`; leave one out")
    if given.domain is not None and ways[:1] in (["host"], ["hosts"]):
        problems.add("ingress.domain", f"is not used with `{ways[0]}`, which is a whole host name; leave one out")
    if ways[:1] in ([], ["subdomain"]) and given.domain is None and settings.domain is None:
        problems.add("ingress.domain", "is missing; set it here, or `tau:domain` for all applications, or give `host`")
    constraints.check(problems, "ingress.host", given.host, constraints.host_name)
    constraints.check(problems, "ingress.subdomain", given.subdomain, constraints.domain_name)
    constraints.check(problems, "ingress.domain", given.domain, constraints.domain_name)
    _check_list_of_hosts(given.hosts, problems)


def _check_list_of_hosts(hosts: object, problems: errors.Problems) -> None:
    if not isinstance(hosts, list):
        return
    if not hosts:
        problems.add("ingress.hosts", "is empty; name a host")
    for index, host in enumerate(hosts):
        constraints.check(problems, f"ingress.hosts[{index}]", host, constraints.host_name)
        if isinstance(host, str) and host in hosts[:index]:
            problems.add(f"ingress.hosts[{index}]", f"{host!r} is listed twice; leave one out")


def absolute_path(value: str) -> str | None:
    """A path of a URL."""
    return None if value.startswith("/") else "is not a path; begin with `/`"
