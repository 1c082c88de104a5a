"""What single values must look like. Each rule takes a value and says what is wrong with it, or None.

Sources: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ for names and labels,
https://cloudnative-pg.io/docs/1.30/declarative_role_management/ for reserved roles.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping

from tau import errors, fields

Rule = Callable[[str], str | None]

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?")
_VERSION = re.compile(r"(1[4-8])(\.[0-9]+)?")
_IMAGE_VERSION = re.compile(r"[^@]+:([0-9]+)(?:[.-][^:@/]*)?(?:@sha256:[0-9a-f]{64})?")
# Of what PostgreSQL takes in quotes, that from which Kubernetes names can be derived.
_IDENTIFIER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
# `samerole` in pg_hba lets a role into the database of its own name.
_RESERVED_DATABASES = {"postgres", "template0", "template1"}
_RESERVED_ROLES = _RESERVED_DATABASES | {"streaming_replica", "public", "none"}


def check(
    problems: errors.Problems, path: str, value: object, rule: Callable[[str], str | None], *, show: bool = True
) -> None:
    """Note what `rule` has against a value, unless the value is absent or not known yet."""
    secret = isinstance(value, fields.Secret)
    known = value.value if isinstance(value, fields.Secret) else value
    if not isinstance(known, str):
        return
    reason = rule(known)
    if reason:
        problems.add(path, f"{known!r} {reason}" if show and not secret else reason, secret=secret)


def check_each(
    problems: errors.Problems, path: str, options: object, rules: Mapping[str, Rule], *, show: bool = True
) -> None:
    """Check properties of the `options` at `path`, by their names in the schema."""
    for name, rule in rules.items():
        check(problems, errors.below(path, name), getattr(options, fields.snake_case(name)), rule, show=show)


def dns_label(value: str, *, longest: int = 63) -> str | None:
    """A DNS label: lower-case letters, digits and `-`, at most 63 characters."""
    if not _LABEL.fullmatch(value):
        return "is not a DNS label; use lower-case letters, digits and `-`, with a letter or digit at both ends"
    if len(value) > longest:
        return f"has {len(value)} characters; at most {longest} are possible"
    return None


def dns_subdomain(value: str) -> str | None:
    """DNS labels joined by dots, at most 253 characters."""
    if len(value) > 253 or not all(_LABEL.fullmatch(part) for part in value.split(".")):
        return "is not the name of a Kubernetes object; use lower-case letters, digits, `-` and `.`"
    return None


def domain_name(value: str) -> str | None:
    """A DNS name of at least one label, without a wildcard."""
    if len(value) > 253 or any(dns_label(part) for part in value.split(".")):
        return "is not a domain name; use for example `home.example.com`"
    return None


def host_name(value: str) -> str | None:
    """A host name that an Ingress may have: a domain name, perhaps with `*` for its first label."""
    return domain_name(value.removeprefix("*.")) and "is not a host name; use for example `app.home.example.com`"


def cidr(value: str) -> str | None:
    """A range of IP addresses in CIDR notation, IPv4 or IPv6."""
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return "is not a range of addresses; use for example `192.168.1.0/24`, or `192.168.1.7/32` for one address"
    # The API server warns about every other notation, and will refuse it.
    return None if str(network) == value else f"is not the usual notation of a range; use `{network}`"


def instance_name(value: str) -> str | None:
    """CNPG appends suffixes to a Cluster's name for its Services and Pods, so it allows 50 characters."""
    if value and value[0].isdigit():
        return "starts with a digit; Service names are derived from it, so start with a letter"
    return dns_label(value, longest=50)


def postgres_version(value: str) -> str | None:
    """A PostgreSQL version that CloudNativePG 1.30 supports."""
    if not _VERSION.fullmatch(value):
        return "is not a supported PostgreSQL version; use `14` to `18`, or with a minor such as `15.14`"
    return None


def major_version(value: str) -> str | None:
    """A major version without a minor."""
    return postgres_version(value) or ("names a minor version; use `14` to `18` here" if "." in value else None)


def image(value: str) -> str | None:
    """An image whose tag starts with the PostgreSQL version, as CloudNativePG requires."""
    match = _IMAGE_VERSION.fullmatch(value)
    if not match:
        return "has no tag that starts with the PostgreSQL version, such as `registry/postgresql:15.14`"
    return postgres_version(match[1])


def image_major(value: str) -> str | None:
    """Major version that an image's tag names."""
    match = _IMAGE_VERSION.fullmatch(value)
    return match[1] if match else None


def cluster_major(spec: Mapping[str, object]) -> str | None:
    """Major version that the image of a Cluster's `spec` has by its tag, or that it asks a catalog for."""
    catalog = spec.get("imageCatalogRef")
    if isinstance(catalog, Mapping) and catalog.get("major"):
        return str(catalog["major"])
    return image_major(str(spec.get("imageName") or ""))


def _identifier(value: str) -> str | None:
    if not _IDENTIFIER.fullmatch(value):
        return "is not usable as a name in PostgreSQL; use letters, digits, `_`, `-` and `.`, first no `-` and no `.`"
    if len(value) > 63:
        return f"has {len(value)} characters; PostgreSQL allows 63"
    if not value.strip("_-."):
        return "has no letter or digit; Kubernetes names are derived from it, so use at least one"
    return None


def role_name(value: str) -> str | None:
    """A role that neither PostgreSQL nor CloudNativePG keeps for itself."""
    if value in _RESERVED_ROLES or value.startswith(("pg_", "cnpg_")):
        return "is reserved by PostgreSQL or CloudNativePG; choose another name"
    return _identifier(value)


def database_name(value: str) -> str | None:
    """A database that PostgreSQL does not create itself."""
    if value in _RESERVED_DATABASES:
        return "is reserved: PostgreSQL creates this database itself; choose another name"
    return _identifier(value)


def extension_name(value: str) -> str | None:
    """An extension's name, such as `pg_trgm` or `uuid-ossp`."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]{0,62}", value):
        return "is not the name of an extension; use for example `pg_trgm`"
    return None


def parameter_name(value: str) -> str | None:
    """A PostgreSQL parameter, with a prefix for those of extensions."""
    if not re.fullmatch(r"[a-z_][a-z0-9_.]*", value):
        return "is not the name of a PostgreSQL parameter; use for example `work_mem`"
    return None


def password(value: str) -> str | None:
    """A password that survives a Secret, a URL and CloudNativePG's own handling."""
    if not value:
        return "must not be empty"
    if not value.isprintable():
        return "must consist of printable characters, without line breaks and tabs"
    if value.startswith(("SCRAM-SHA-256$", "md5")):
        return "looks like a password hash; use the password itself"
    return None


def _metadata_key(value: str) -> str | None:
    prefix, slash, name = value.rpartition("/")
    if (slash and dns_subdomain(prefix)) or not name or len(name) > 63 or not _LABEL_VALUE.fullmatch(name):
        return "is not a valid key; use `name` or `example.com/name`"
    if prefix == "cnpg.io" or prefix.endswith(".cnpg.io"):
        return "belongs to CloudNativePG; set what it stands for in `clusterSpec`"
    return None


def label_value(value: str) -> str | None:
    """At most 63 letters, digits, `-`, `_` and `.`."""
    if len(value) > 63 or not _LABEL_VALUE.fullmatch(value):
        return "is not a valid label value; use at most 63 letters, digits, `-`, `_` and `.`"
    return None


def days(value: str) -> str | None:
    """A number of days, 1 or more."""
    if not re.fullmatch(r"[1-9][0-9]{0,4}", value):
        return "is not a number of days; use 1 or more, for example `7`"
    return None


def labels(problems: errors.Problems, path: str, value: object) -> None:
    """Check the keys and values of labels."""
    if isinstance(value, Mapping):
        for key, text in value.items():
            check(problems, errors.key(path, key), key, _metadata_key)
            check(problems, errors.key(path, key), text, label_value)


def annotations(problems: errors.Problems, path: str, value: object) -> None:
    """Check the keys of annotations; their values are free text."""
    if isinstance(value, Mapping):
        for key in value:
            check(problems, errors.key(path, key), key, _metadata_key)
