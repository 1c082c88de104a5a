"""One table: which token is served by what. Modules are imported when their token is first asked for."""

import importlib
from collections.abc import Mapping
from typing import Any

from tau.resource.contract import CustomResource

_COMPONENTS = {
    "tau:app:TauApplication": ("tau.application.component", "TauApplication"),
    "tau:postgres:BackupStore": ("tau.store.component", "BackupStore"),
    "tau:postgres:Database": ("tau.database.component", "Database"),
    "tau:postgres:Instance": ("tau.instance.component", "Instance"),
    "tau:postgres:Operator": ("tau.operator.component", "Operator"),
    "tau:postgres:RestoreCheck": ("tau.restore_check.component", "RestoreCheck"),
}
_CUSTOM_RESOURCES = {
    "tau:app:DigestKey": ("tau.credentials.digest_key_resource", "DigestKey"),
    "tau:app:Namespace": ("tau.application.namespace_resource", "Namespace"),
    "tau:postgres:ArchiveGeneration": ("tau.backup.generation_resource", "ArchiveGeneration"),
    "tau:postgres:CleanupGuard": ("tau.cleanup.guard_resource", "CleanupGuard"),
    "tau:postgres:ClusterIdentity": ("tau.ownership.cluster_identity_resource", "ClusterIdentity"),
    "tau:postgres:CurrentLogin": ("tau.credentials.current_login_resource", "CurrentLogin"),
    "tau:postgres:DeletionGuard": ("tau.ownership.deletion_guard_resource", "DeletionGuard"),
    "tau:postgres:FormerLogin": ("tau.credentials.former_login_resource", "FormerLogin"),
    "tau:postgres:GatewayKey": ("tau.store.gateway_key_resource", "GatewayKey"),
    "tau:postgres:MajorUpgrade": ("tau.instance.upgrade_resource", "MajorUpgrade"),
    "tau:postgres:NameGuard": ("tau.instance.name_guard_resource", "NameGuard"),
    "tau:postgres:Ownership": ("tau.ownership.resource", "Ownership"),
    "tau:postgres:Readiness": ("tau.readiness.resource", "Readiness"),
    "tau:postgres:RoleCredential": ("tau.credentials.resource", "RoleCredential"),
    "tau:postgres:SharePreflight": ("tau.store.preflight_resource", "SharePreflight"),
    "tau:postgres:SelfSignedCertificate": ("tau.credentials.certificate_resource", "SelfSignedCertificate"),
}
_FUNCTIONS = {
    "tau:postgres:getHealth": ("tau.health.function", "get_health"),
    "tau:postgres:getRecoveryWindow": ("tau.archive.window_function", "get_recovery_window"),
}


def component(token: str) -> tuple[Any, Any] | None:
    """The `examine` function and the class of a component, or None for an unknown token."""
    entry = _lookup(_COMPONENTS, token)
    return (entry[0].examine, entry[1]) if entry else None


def custom_resource(token: str) -> type[CustomResource[Any]] | None:
    """The class of a custom resource, or None for an unknown token."""
    entry = _lookup(_CUSTOM_RESOURCES, token)
    return entry[1] if entry else None


def function(token: str) -> Any | None:
    """The coroutine function behind a function of the package, or None for an unknown token."""
    entry = _lookup(_FUNCTIONS, token)
    return entry[1] if entry else None


def functions() -> set[str]:
    """Every function that is served."""
    return set(_FUNCTIONS)


def tokens() -> set[str]:
    """Every resource that is served."""
    return set(_COMPONENTS) | set(_CUSTOM_RESOURCES)


def _lookup(table: Mapping[str, tuple[str, str]], token: str) -> tuple[Any, Any] | None:
    if token not in table:
        return None
    module_name, class_name = table[token]
    module = importlib.import_module(module_name)
    return module, getattr(module, class_name)
