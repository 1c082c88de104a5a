"""Configuration: what `tau:*` of the provider and the project's own keys say, for inputs that are not given."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tau import errors
from tau.values import constraints, quantity, share

PROVIDER_KEYS = (
    "barmanPluginManifest",
    "context",
    "domain",
    "ingressClassPrivate",
    "ingressClassPublic",
    "ingressTlsSecret",
    "kubeconfig",
    "operatorManifest",
    "operatorNamespace",
    "postgresBackupNfsPath",
    "postgresBackupRetentionDays",
    "postgresDefaultStorageSize",
    "postgresStorageClass",
    "postgresVersion",
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Defaults that hold for every resource of one provider instance in one stack."""

    postgres_version: str = "15"
    postgres_storage_class: str | None = None
    postgres_default_storage_size: str = "10Gi"
    postgres_backup_nfs_path: str | None = None
    postgres_backup_retention_days: str = "7"
    domain: str | None = None
    ingress_class_private: str = "internal"
    ingress_class_public: str = "external"
    ingress_tls_secret: str | None = None
    operator_namespace: str | None = None
    operator_manifest: str | None = None
    barman_plugin_manifest: str | None = None
    rendered: bool = False
    """The stack's kubernetes provider writes files, and there is no cluster to look at, or to wait for."""


@dataclass(frozen=True)
class _Key:
    """One setting: its key in the provider configuration, its key in the project's, and its rule."""

    provider: str
    project: str
    rule: Callable[[str], str | None]


_KEYS = {
    "postgres_version": _Key("postgresVersion", "postgres_version", constraints.major_version),
    "postgres_storage_class": _Key("postgresStorageClass", "postgres_storage_class", constraints.dns_subdomain),
    "postgres_default_storage_size": _Key(
        "postgresDefaultStorageSize", "postgres_default_storage_size", quantity.storage_size
    ),
    "postgres_backup_nfs_path": _Key("postgresBackupNfsPath", "postgres_backup_nfs_path", share.one_line),
    "postgres_backup_retention_days": _Key(
        "postgresBackupRetentionDays", "postgres_backup_retention_days", constraints.days
    ),
    "domain": _Key("domain", "domain", constraints.domain_name),
    "ingress_class_private": _Key("ingressClassPrivate", "ingress_class_private", constraints.dns_subdomain),
    "ingress_class_public": _Key("ingressClassPublic", "ingress_class_public", constraints.dns_subdomain),
    "operator_namespace": _Key("operatorNamespace", "operator_namespace", constraints.dns_label),
    "ingress_tls_secret": _Key("ingressTlsSecret", "ingress_tls_secret", constraints.dns_subdomain),
}


def resolve(
    *, provider: Mapping[str, str], stack: Mapping[str, str], project: str, problems: errors.Problems
) -> Settings:
    """Settings from the provider's configuration, then the project's keys, then the defaults."""
    if project != "tau":  # The keys of a project of that name look like the provider's.
        _refuse_unknown_keys(provider, stack, problems)
    values: dict[str, str] = {}
    for attribute, key in _KEYS.items():
        for name, value in (
            (f"tau:{key.provider}", provider.get(key.provider)),
            (f"{project}:{key.project}", stack.get(f"{project}:{key.project}")),
        ):
            if value is None:
                continue
            reason = key.rule(value)
            if reason:
                problems.add(name, f"configuration value {value!r} {reason}")
            values[attribute] = value
            break
    return Settings(
        **values,
        operator_manifest=provider.get("operatorManifest"),
        barman_plugin_manifest=provider.get("barmanPluginManifest"),
        rendered=False,
    )


def _refuse_unknown_keys(provider: Mapping[str, str], stack: Mapping[str, str], problems: errors.Problems) -> None:
    keys = set(provider) | {name.removeprefix("tau:") for name in stack if name.startswith("tau:")}
    for name in sorted(keys - set(PROVIDER_KEYS) - {"version", "pluginDownloadURL"}):
        close = difflib.get_close_matches(name, PROVIDER_KEYS, n=1, cutoff=0.5)
        hint = f"did you mean `tau:{close[0]}`?" if close else f"known keys: {', '.join(PROVIDER_KEYS)}"
        problems.add(f"tau:{name}", f"is not a configuration key of tau; {hint}")
