"""Parts of the programs that tests run: small servers, so that two cores carry several."""

from collections.abc import Mapping
from typing import Any

# A last backup of what a test throws away would only cost time.
THROWN_AWAY = {"backup": False}
# The default's 03:00 may come in the middle of a test, with a backup that it does not expect.
RARELY = {"schedule": "0 0 0 29 2 *"}
SMALL = {"limits": {"memory": "256Mi"}, "requests": {"cpu": "10m", "memory": "64Mi"}}


def instance(namespace: str, **properties: Any) -> dict[str, Any]:
    """An Instance with a small volume and little memory."""
    small = {"namespace": namespace, "storage": {"size": "512Mi"}, "resources": SMALL, "cleanup": THROWN_AWAY}
    return {"type": "tau:postgres:Instance", "properties": small | properties | _rarely(properties)}


def dedicated(namespace: str, **properties: Any) -> dict[str, Any]:
    """A Database with an instance of its own, small as well."""
    small = {"namespace": namespace, "storageSize": "512Mi", "resources": SMALL, "cleanup": THROWN_AWAY}
    return {"type": "tau:postgres:Database", "properties": small | properties | _rarely(properties)}


def _rarely(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"backup": RARELY | properties.get("backup", {})}


def shared(namespace: str, on: str, **properties: Any) -> dict[str, Any]:
    """A Database on the Instance that another resource of the program makes."""
    required = {"namespace": namespace, "instance": f"${{{on}.name}}"}
    return {"type": "tau:postgres:Database", "properties": required | properties}


def outputs(resource: str, *names: str) -> Mapping[str, str]:
    """Stack outputs `<resource>-<name>` for outputs of a resource."""
    return {f"{resource}-{name}": f"${{{resource}.{name}}}" for name in names}
