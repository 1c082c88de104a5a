"""The Deployment of an application: container, security, resources, and the user's `podSpec` over it all."""

from collections.abc import Mapping
from typing import Any

from tau import naming
from tau.application import environment as application_environment
from tau.application import network, probes, rollout
from tau.application import volumes as application_volumes
from tau.application.identity import Identity
from tau.application.volumes import Mounts
from tau.fields import Input, lift
from tau.kubernetes.kinds import deployment, pod_spec
from tau.kubernetes.manifest import Manifest, merge
from tau.types.app import Resources, SecurityContext, TauApplicationArgs
from tau.values import quantity

CONTAINER = "app"
CHECKSUM = "checksum/config"
"""Annotation of the Pods that changes with every credential and file they use, which rolls them."""

VOLUME_GROUP = 65532
"""Group of the files on a claim where `securityContext` names no ID: that of the user `nonroot` in distroless images.

Unlike 1000 it is the group of no user of a node, and unlike 65534 not that of what NFS squashes.
"""

_DEFAULT_REQUESTS = {"cpu": "10m", "memory": "64Mi"}
# A Pod is asked for some moments after it has begun to end, until every node has heard that it does.
_SECONDS_BEFORE_THE_END = 5


def deployment_of(
    identity: Identity,
    args: TauApplicationArgs,
    environment: Input[list[Mapping[str, Any]]],
    mounts: Mounts,
) -> Manifest | None:
    """A Deployment, if there is an image for one."""
    if args.image is None:
        return None
    spec = _overridden(_pod(args, environment, mounts), args.pod_spec or {})
    return deployment.deployment(
        identity.metadata(identity.name),
        selector=naming.application_selector(identity.name),
        template={"metadata": {"labels": identity.labels}, "spec": spec},
        replicas=args.replicas,
        strategy=rollout.strategy(args),
    )


def rolled_by(checksum: Input[str], wanted: Manifest) -> Manifest:
    """A Deployment whose Pods are replaced whenever `checksum` changes."""
    return merge(wanted, {"spec": {"template": {"metadata": {"annotations": {CHECKSUM: checksum}}}}})


def _overridden(spec: Manifest, override: Input[Mapping[str, Any]]) -> Input[Manifest]:
    if isinstance(override, Mapping):
        return pod_spec.overridden(spec, override)
    return lift(pod_spec.overridden, spec, override)


def _pod(args: TauApplicationArgs, environment: Input[list[Mapping[str, Any]]], mounts: Mounts) -> Manifest:
    wanted = {
        "containers": [_container(args, environment, mounts)],
        # Neither a key to the API server nor variables about every Service of the namespace.
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": _pod_security(
            args.security_context or SecurityContext(), has_claim=application_volumes.has_claim(args)
        ),
        "volumes": mounts.volumes,
    }
    return {key: value for key, value in wanted.items() if value not in ({}, [])}


def _container(args: TauApplicationArgs, environment: Input[list[Mapping[str, Any]]], mounts: Mounts) -> Manifest:
    wanted: Manifest = {
        "command": args.command,
        "args": args.args,
        "env": environment or None,
        "envFrom": application_environment.sources(args) or None,
        "ports": network.container_ports(args.ports or []) or None,
        "volumeMounts": mounts.volume_mounts or None,
        "securityContext": _container_security(args.security_context or SecurityContext()) or None,
        "lifecycle": {"preStop": {"sleep": {"seconds": _SECONDS_BEFORE_THE_END}}} if args.ports else None,
        **probes.probes(args),
    }
    fields = {key: value for key, value in wanted.items() if value is not None}
    return {"name": CONTAINER, "image": args.image, "resources": _resources(args.resources or Resources()), **fields}


def _pod_security(context: SecurityContext, *, has_claim: bool) -> Manifest:
    # The root folder of a new file system belongs to root:root. Root itself needs no group, and a server that insists
    # on the mode of its data folder would no longer start with one.
    default = VOLUME_GROUP if has_claim and context.restricted else None
    groups = (context.fs_group, context.run_as_group, context.run_as_user, default)
    wanted = {
        "runAsNonRoot": True if context.restricted else None,
        "runAsUser": context.run_as_user,
        "runAsGroup": context.run_as_group,
        "fsGroup": next((group for group in groups if group is not None), None),
        # Volumes with many files take long to change owner, and nobody else changes it.
        "fsGroupChangePolicy": "OnRootMismatch" if any(group is not None for group in groups) else None,
        "seccompProfile": {"type": "RuntimeDefault"} if context.restricted else None,
    }
    return {key: value for key, value in wanted.items() if value is not None}


def _container_security(context: SecurityContext) -> Manifest:
    capabilities: Manifest = {"drop": ["ALL"]} if context.restricted else {}
    if context.add_capabilities:
        capabilities["add"] = context.add_capabilities
    wanted = {
        "allowPrivilegeEscalation": False if context.restricted else None,
        "capabilities": capabilities or None,
        "readOnlyRootFilesystem": None
        if context.read_only_root_filesystem is False
        else context.read_only_root_filesystem,
    }
    return {key: value for key, value in wanted.items() if value is not None}


def _resources(resources: Resources) -> Manifest:
    limits = resources.limits or {}
    result: Manifest = {"requests": lift(_requests, resources.requests or {}, limits)}
    return result | ({"limits": limits} if limits else {})


def _requests(requests: Mapping[str, str], limits: Mapping[str, str]) -> dict[str, str]:
    """What is given, on top of little, but never more than a limit."""
    little = {name: _lesser(amount, limits.get(name)) for name, amount in _DEFAULT_REQUESTS.items()}
    return {**little, **requests}


def _lesser(amount: str, limit: str | None) -> str:
    allowed, wanted = quantity.number(limit or ""), quantity.number(amount)
    return limit if limit and allowed and wanted and allowed < wanted else amount
