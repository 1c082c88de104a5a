"""One table: which token is served by what. Modules are imported when their token is first asked for."""

import importlib
from collections.abc import Mapping
from typing import Any

from tau.resources.custom_resource import CustomResource

_COMPONENTS = {
    "tau:app:TauApplication": ("tau.components.application", "TauApplication"),
    "tau:postgres:BackupStore": ("tau.components.backup_store", "BackupStore"),
    "tau:postgres:Database": ("tau.components.database", "Database"),
    "tau:postgres:Instance": ("tau.components.instance", "Instance"),
    "tau:postgres:Operator": ("tau.components.operator", "Operator"),
    "tau:postgres:RestoreCheck": ("tau.components.restore_check", "RestoreCheck"),
}
_CUSTOM_RESOURCES = {
    "tau:app:DigestKey": ("tau.resources.digest_key", "DigestKey"),
    "tau:app:Namespace": ("tau.resources.namespace", "Namespace"),
    "tau:postgres:ArchiveGeneration": ("tau.resources.archive_generation", "ArchiveGeneration"),
    "tau:postgres:CleanupGuard": ("tau.resources.cleanup_guard", "CleanupGuard"),
    "tau:postgres:ClusterIdentity": ("tau.resources.cluster_identity", "ClusterIdentity"),
    "tau:postgres:CurrentLogin": ("tau.resources.current_login", "CurrentLogin"),
    "tau:postgres:DeletionGuard": ("tau.resources.deletion_guard", "DeletionGuard"),
    "tau:postgres:FormerLogin": ("tau.resources.former_login", "FormerLogin"),
    "tau:postgres:GatewayKey": ("tau.resources.gateway_key", "GatewayKey"),
    "tau:postgres:MajorUpgrade": ("tau.resources.major_upgrade", "MajorUpgrade"),
    "tau:postgres:NameGuard": ("tau.resources.name_guard", "NameGuard"),
    "tau:postgres:Ownership": ("tau.resources.ownership", "Ownership"),
    "tau:postgres:Readiness": ("tau.resources.readiness", "Readiness"),
    "tau:postgres:RoleCredential": ("tau.resources.role_credential", "RoleCredential"),
    "tau:postgres:SharePreflight": ("tau.resources.share_preflight", "SharePreflight"),
    "tau:postgres:SelfSignedCertificate": ("tau.resources.self_signed_certificate", "SelfSignedCertificate"),
}
_FUNCTIONS = {
    "tau:postgres:getHealth": ("tau.functions.health", "get_health"),
    "tau:postgres:getRecoveryWindow": ("tau.functions.recovery_window", "get_recovery_window"),
}


def component(token: str) -> tuple[Any, Any] | None:
    """The `examine` function and the class of a component, or None for an unknown token."""
    found = _lookup(_COMPONENTS, token)
    return (found[0].examine, found[1]) if found else None


def custom_resource(token: str) -> type[CustomResource[Any]] | None:
    """The class of a custom resource, or None for an unknown token."""
    found = _lookup(_CUSTOM_RESOURCES, token)
    return found[1] if found else None


def function(token: str) -> Any | None:
    """The coroutine function behind a function of the package, or None for an unknown token."""
    found = _lookup(_FUNCTIONS, token)
    return found[1] if found else None


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
