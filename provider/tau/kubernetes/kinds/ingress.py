"""Ingress (networking.k8s.io/v1), how HTTP from outside of the cluster reaches a Service.

https://kubernetes.io/docs/concepts/services-networking/ingress/
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tau.fields import Input, lift
from tau.kubernetes.kind import Kind
from tau.kubernetes.manifest import Manifest, manifest

KIND = Kind("networking.k8s.io/v1", "Ingress", "ingresses")


def ingress(
    metadata: Manifest,
    *,
    hosts: Input[Sequence[str]],
    path: Input[str],
    service: Input[str],
    port: Input[int],
    class_name: Input[str] | None,
    tls: Input[Mapping[str, Any]] | None,
) -> Manifest:
    """Every host, below one path, to one port of one Service; `tls` is the one entry of `spec.tls`."""
    spec: Manifest = {"rules": lift(_rules, hosts, path, service, port)}
    if class_name is not None:
        spec["ingressClassName"] = class_name
    if tls is not None:
        spec["tls"] = [tls]
    return manifest(KIND, metadata, spec=spec)


def _rules(hosts: Sequence[str], path: str, service: str, port: int) -> list[Manifest]:
    backend = {"service": {"name": service, "port": {"number": port}}}
    http = {"paths": [{"path": path, "pathType": "Prefix", "backend": backend}]}
    return [{"host": host, "http": http} for host in hosts]
