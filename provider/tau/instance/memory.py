"""Compute resources of a server: what is reserved, and the PostgreSQL parameters that follow the limit.

https://www.postgresql.org/docs/current/runtime-config-resource.html recommends a quarter for `shared_buffers`.
"""

from collections.abc import Mapping

from tau.values import quantity

_MEBIBYTE = 1024**2
DEFAULT_CPU = "50m"
DEFAULT_LIMIT = "512Mi"
_SMALLEST_REQUEST = 128 * _MEBIBYTE


def _bytes(amount: str | None) -> int | None:
    return quantity.rounded_up(amount) if amount else None


def request(limit: str) -> str:
    """Memory to reserve: a quarter of the limit, which holds `shared_buffers`, but at least 128Mi."""
    at_most = _bytes(limit) or 0
    return f"{min(max(at_most // 4, _SMALLEST_REQUEST), at_most) // _MEBIBYTE}Mi"


def parameters(resources: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Parameters for the memory that the server has; the operator refuses buffers above the request."""
    limit = _bytes(resources.get("limits", {}).get("memory"))
    reserved = _bytes(resources.get("requests", {}).get("memory"))
    total = limit or reserved
    if total is None:
        return {}
    buffers = min(total // 4, reserved or total)
    return {
        "shared_buffers": f"{buffers // _MEBIBYTE}MB",
        "effective_cache_size": f"{total * 3 // 4 // _MEBIBYTE}MB",
        "maintenance_work_mem": f"{max(total // 16, 16 * _MEBIBYTE) // _MEBIBYTE}MB",
        "work_mem": f"{max(total // 128, 4 * _MEBIBYTE) // _MEBIBYTE}MB",
    }
