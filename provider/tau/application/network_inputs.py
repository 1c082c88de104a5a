"""Ports and Ingress of an application: what is wrong with them, as far as it is known."""

import re
from collections.abc import Iterable

from tau import errors
from tau.application import network
from tau.settings import Settings
from tau.types.app import Ingress, Port, TauApplicationArgs
from tau.values import choice, constraints

_PROTOCOLS = ("TCP", "UDP", "SCTP")
_VISIBILITIES = ("public", "private")
_HOST_RULES = {
    "host": constraints.host_name,
    "subdomain": constraints.domain_name,
    "domain": constraints.domain_name,
}


def check(args: TauApplicationArgs, settings: Settings, problems: errors.Problems) -> None:
    """Note what is wrong with `ports`, `ingress` and `ingresses`."""
    ports = args.ports if isinstance(args.ports, list) else []
    for index, port in enumerate(ports):
        path = f"ports[{index}]"
        check_port(f"{path}.port", port.port, problems)
        check_port(f"{path}.targetPort", port.target_port, problems)
        constraints.check(problems, f"{path}.name", port.name, port_name)
        check_choice(f"{path}.protocol", port.protocol, _PROTOCOLS, problems)
    _check_distinct(ports, problems)
    for known in network.ingresses(args):
        constraints.check(problems, known.path, known.key, ingress_key)
        _check_ingress(known.path, known.options, ports, settings, problems)
    _check_one_for_each_address(args, settings, problems)


def check_port(path: str, number: object, problems: errors.Problems) -> None:
    """Note what is wrong with the number of a port."""
    if isinstance(number, int) and not 1 <= number <= 65535:
        problems.add(path, f"{number} is not a port; use 1 to 65535")


def check_choice(path: str, value: object, choices: Iterable[str], problems: errors.Problems) -> None:
    """Note a value that is none of a few."""
    if isinstance(value, str) and value not in choices:
        problems.add(path, f"{value!r} is unknown; use one of {', '.join(choices)}")


def port_name(value: str) -> str | None:
    """A name that Kubernetes gives to a port."""
    if not re.fullmatch(r"(?=.*[a-z])[a-z0-9]([a-z0-9-]*[a-z0-9])?", value) or len(value) > 15 or "--" in value:
        return "is not the name of a port; use at most 15 lower-case letters, digits and `-`"
    return None


def _check_distinct(ports: list[Port], problems: errors.Problems) -> None:
    seen: set[tuple[object, ...]] = set()
    for index, port in enumerate(ports):
        name = network.name(port, index)
        keys = {"port": ("port", port.port, port.protocol), "name": ("name", name)}
        for field, key in keys.items():
            known = all(isinstance(part, str | int) for part in key)
            if known and key in seen:
                problems.add(f"ports[{index}].{field}", f"{key[1]!r} is listed twice; remove one")
            seen.add(key)


def _check_ingress(
    path: str, ingress: Ingress, ports: list[Port], settings: Settings, problems: errors.Problems
) -> None:
    if not network.first_tcp_port(ports):
        problems.add(path, "needs a TCP port to route requests to; use for example `ports: [{ port: 8080 }]`")
    _check_hosts(path, ingress, settings, problems)
    if ingress.class_name is not None and ingress.visibility is not None:
        problems.add(f"{path}.className", "is not used with `visibility`; remove one")
    check_choice(f"{path}.visibility", ingress.visibility, _VISIBILITIES, problems)
    name = constraints.dns_subdomain
    rules = {"className": name, "path": absolute_path, "tlsSecretName": name}
    constraints.check_each(problems, path, ingress, rules)
    constraints.annotations(problems, f"{path}.annotations", ingress.annotations)
    if ingress.tls_secret_name is not None and not ingress.tls:
        problems.add(f"{path}.tlsSecretName", "is not used with `tls: false`; remove one")
    numbers = [port.port for port in ports]
    if (
        isinstance(ingress.port, int)
        and ingress.port not in numbers
        and all(isinstance(number, int) for number in numbers)
    ):
        known = ", ".join(map(str, numbers)) or "none"
        problems.add(f"{path}.port", f"{ingress.port} is not among `ports` ({known}); use one of them")


def _check_hosts(path: str, ingress: Ingress, settings: Settings, problems: errors.Problems) -> None:
    options = {name: getattr(ingress, name) for name in ("host", "hosts", "subdomain")}
    ways = choice.at_most_one(problems, path, options, "is not used together with `{first}`; remove one")
    if ingress.domain is not None and ways[:1] in (["host"], ["hosts"]):
        problems.add(f"{path}.domain", f"is not used with `{ways[0]}`, which is a whole host name; remove one")
    if ways[:1] in ([], ["subdomain"]) and ingress.domain is None and settings.domain is None:
        problems.add(f"{path}.domain", "is missing; set it here, or `tau:domain` for all applications, or set `host`")
    constraints.check_each(problems, path, ingress, _HOST_RULES)
    _check_list_of_hosts(f"{path}.hosts", ingress.hosts, problems)


def _check_list_of_hosts(path: str, hosts: object, problems: errors.Problems) -> None:
    if not isinstance(hosts, list):
        return
    if not hosts:
        problems.add(path, "is empty; set a host")
    for index, host in enumerate(hosts):
        constraints.check(problems, f"{path}[{index}]", host, constraints.host_name)
        if isinstance(host, str) and host in hosts[:index]:
            problems.add(f"{path}[{index}]", f"{host!r} is listed twice; remove one")


def _check_one_for_each_address(args: TauApplicationArgs, settings: Settings, problems: errors.Problems) -> None:
    """Which of two Ingresses of one class answers for the same host and path is up to the controller."""
    seen: dict[tuple[object, ...], str] = {}
    for entry in network.ingresses(args):
        ingress = entry.options
        hosts = network.hosts(args.name or "<application>", ingress, settings)
        for host in hosts if isinstance(hosts, list) else ():
            address = (host, ingress.path, ingress.class_name, ingress.visibility)
            if not all(isinstance(part, str | None) for part in address):
                continue
            other = seen.setdefault(address, entry.path)
            if other != entry.path:
                reason = f"answers for {host!r} below {ingress.path!r} like `{other}`"
                problems.add(entry.path, f"{reason}; set another host, `path` or class in one of them")


def ingress_key(value: str) -> str | None:
    """A part of the names of an Ingress and of its certificate."""
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", value):
        return "is not usable in names; use lower-case letters, digits and `-`"
    return None


def absolute_path(value: str) -> str | None:
    """A path of a URL."""
    return None if value.startswith("/") else "is not a path; start with `/`"
