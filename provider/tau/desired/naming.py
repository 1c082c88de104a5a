"""Every name of a Kubernetes object that tau makes is derived here, and nowhere else."""

from collections.abc import Callable, Mapping

from tau.fields import Input, lift

MANAGED_BY = {"app.kubernetes.io/managed-by": "tau"}


def instance(resource: str) -> str:
    """Cluster of an Instance that names none."""
    return f"postgres-{dashed(resource)}"


def dashed(name: str) -> str:
    """A PostgreSQL name as part of a Kubernetes name: `shop_eu` becomes `shop-eu`."""
    return name.replace("_", "-").strip("-").lower()


def service_host(service: str, namespace: str) -> str:
    """DNS name of a Service that is right from every namespace."""
    return f"{service}.{namespace}.svc"


def host(service: Callable[[str], str], cluster: Input[str], namespace: Input[str]) -> Input[str]:
    """DNS name of one of the Services that the operator makes for a Cluster."""
    return lift(lambda name, space: service_host(service(name), space), cluster, namespace)


def database_object(cluster: Input[str], database: Input[str]) -> Input[str]:
    """Database object of one database on one Cluster."""
    return lift(lambda on, name: f"{on}-{dashed(name)}", cluster, database)


def role_object(cluster: Input[str], role: Input[str]) -> Input[str]:
    """DatabaseRole object of one role on one Cluster."""
    return lift(lambda on, name: f"{on}-{dashed(name)}", cluster, role)


def connection_secret(cluster: Input[str], database: Input[str]) -> Input[str]:
    """Secret with which an application connects to one database."""
    return lift(lambda on, name: f"{on}-{dashed(name)}-connection", cluster, database)


def bootstrap_secret(cluster: Input[str]) -> Input[str]:
    """Secret that a new Cluster asks for before it starts."""
    return lift(lambda name: f"{name}-bootstrap", cluster)


def labels(cluster: Input[str]) -> Mapping[str, Input[str]]:
    """Labels of everything that belongs to one Instance."""
    return {**MANAGED_BY, "app.kubernetes.io/name": "postgresql", "app.kubernetes.io/instance": cluster}
