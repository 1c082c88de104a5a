"""How new Pods of an application replace old ones: after them where both together would be too many.

https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#strategy
"""

from collections.abc import Iterable, Mapping
from typing import Any

from tau.application import volumes as application_volumes
from tau.fields import Input, lift
from tau.kubernetes.kinds import deployment, persistent_volume, persistent_volume_claim
from tau.types.app import Resources, TauApplicationArgs

STRATEGIES: Mapping[str, Mapping[str, Any]] = {
    "Recreate": deployment.ONE_AFTER_THE_OTHER,
    "RollingUpdate": deployment.SIDE_BY_SIDE,
}
_OF_A_SHARE, _READ_ONLY = [persistent_volume.READ_WRITE_MANY], "ReadOnlyMany"


def strategy(args: TauApplicationArgs) -> Input[Mapping[str, Any]]:
    """`strategy` of the Deployment: as given, else by what two Pods at a time cannot have."""
    if args.strategy is not None:
        return lift(lambda name: STRATEGIES[name], args.strategy)
    volumes = [volume for volume in args.volumes or [] if not volume.empty_dir]
    modes = [application_volumes.access_modes(volume) if not volume.nfs else _OF_A_SHARE for volume in volumes]
    read_only = [volume.read_only for volume in volumes]
    return lift(_strategy, modes, read_only, args.replicas, _held(args))


def _strategy(modes: list[list[str]], read_only: list[bool], replicas: int, held: list[Any]) -> Mapping[str, Any]:
    one_node = any(persistent_volume_claim.ONE_NODE & set(claim_modes) for claim_modes in modes)
    # Who wants one Pod has an application that may not bear a second writer.
    written = [not is_read and set(each) != {_READ_ONLY} for each, is_read in zip(modes, read_only, strict=True)]
    one_writer = replicas < 2 and any(written)
    alone = one_node or one_writer or any(held)
    return deployment.ONE_AFTER_THE_OTHER if alone else deployment.SIDE_BY_SIDE


def _held(args: TauApplicationArgs) -> list[Input[bool]]:
    """Whether a Pod holds what a node has once: its devices and its ports."""
    resources = args.resources or Resources()
    result: list[Input[bool]] = [
        lift(_has_devices, amounts or {}) for amounts in (resources.limits, resources.requests)
    ]
    spec: Any = args.pod_spec or {}
    if not isinstance(spec, Mapping):
        return [*result, lift(_of_node, spec)]
    # Parts that say nothing about it may be unknown in a preview.
    return [*result, lift(_of_node, {key: spec[key] for key in ("containers", "hostNetwork") if key in spec})]


def _of_node(spec: Mapping[str, Any]) -> bool:
    containers = [container for container in spec.get("containers") or [] if isinstance(container, Mapping)]
    ports = (port for container in containers for port in container.get("ports") or [])
    amounts = (
        part
        for container in containers
        for part in (container.get("resources") or {}).values()
        if isinstance(part, Mapping)
    )
    return (
        bool(spec.get("hostNetwork"))
        or any("hostPort" in port for port in ports if isinstance(port, Mapping))
        or any(map(_has_devices, amounts))
    )


def _has_devices(amounts: Iterable[str]) -> bool:
    """Extended resources have a domain: `nvidia.com/gpu`."""
    return any("/" in name for name in amounts)
