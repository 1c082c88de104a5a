"""`tau:postgres:RestoreCheck`: registers a CronJob with what it runs and may do, and reads its last result."""

import contextlib
import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from tau import errors
from tau.component import live_checks as component_live_checks
from tau.component.children import Children, anchored, translated
from tau.component.context import Construction
from tau.kubernetes.kinds import admission_policy, cluster, config_map, object_store
from tau.kubernetes.manifest import Manifest
from tau.operator import namespace as operator_namespace
from tau.resource import script_bundle
from tau.restore_check import inputs as restore_check_inputs
from tau.restore_check import objects as restore_check
from tau.types.postgres import RestoreCheckArgs

TOKEN = "tau:postgres:RestoreCheck"

_PROGRAM = "tau.restore_check.script"
_IMPORTED = (
    "tau.kubernetes.pod_failures",
    "tau.archive.script.report",
    "tau.archive.script.store",
    "tau.archive.script.base_backup",
    "tau.resource.script.kubernetes",
    "tau.resource.script.superuser_session",
    "tau.archive.script.tar_end",
    "tau.archive.script.wal_archive",
    "tau.archive.script.wal_page",
    "tau.values.wal_position",
)
_CRON_JOB_FIELDS = {"labels": "metadata.labels", "schedule": "spec.schedule"}
_METADATA = {"labels": "metadata.labels"}
_NO_RESULT = {"result": "none", "message": "", "finished": ""}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What one RestoreCheck registers, with the `policies` that this cluster can have, and the result it tells."""

    objects: restore_check.RestoreCheckObjects
    policies: Sequence[Manifest]
    last_result: Mapping[str, Any]


async def examine(
    resource: str, args: RestoreCheckArgs, construction: Construction, problems: errors.Problems
) -> Plan | None:
    """Note what is wrong with the inputs, by themselves and for the instance that is there; read the last result."""
    restore_check_inputs.check(args, problems)
    if problems:
        return None
    policy = await operator_namespace.admitted(args.network_policy, construction, problems)
    wanted = _objects(dataclasses.replace(args, network_policy=policy))
    construction.claim("name", [wanted.cron_job], problems)
    await component_live_checks.shared_instance(construction, args.instance, args.namespace, problems)
    if problems:
        return None
    await _examine_backups(args, construction, problems)
    policies = await _policies(wanted, construction)
    return Plan(objects=wanted, policies=policies, last_result=await _last_result(wanted.result, construction))


def _objects(args: RestoreCheckArgs) -> restore_check.RestoreCheckObjects:
    return restore_check.objects(args, script_bundle.files(_PROGRAM, *_IMPORTED))


async def _examine_backups(args: RestoreCheckArgs, construction: Construction, problems: errors.Problems) -> None:
    if not isinstance(args.instance, str) or not isinstance(args.namespace, str):
        return
    if construction.preview and construction.ordered:
        return
    with contextlib.suppress(errors.ClusterError):
        live_cluster = await construction.api.get(cluster.KIND, args.namespace, args.instance)
        plugins = live_cluster["spec"].get("plugins", []) if live_cluster else []
        if live_cluster and not any(
            plugin["name"] == object_store.PLUGIN and plugin.get("enabled", True) for plugin in plugins
        ):
            problems.add(
                "instance",
                f"{args.instance!r} is not backed up, so there is nothing to restore; set `backup.store` on that "
                "Instance, or `postgres_backup_nfs_path` in the configuration",
            )


async def _policies(wanted: restore_check.RestoreCheckObjects, construction: Construction) -> list[Manifest]:
    """The policy for the account and its binding, unless the cluster has no such kind or this user may not look."""
    policies = [wanted.policy, wanted.policy_binding]
    why = "this Kubernetes has no ValidatingAdmissionPolicy; 1.30 or newer does"
    try:
        if await construction.api.serves(admission_policy.KIND):
            return policies
    except errors.Unreachable:
        return policies
    except errors.ClusterError as failure:
        why = str(failure)
    name = wanted.account["metadata"]["name"]
    construction.warnings.append(
        f"the ServiceAccount {name} of the check can create a Cluster with any Secret of its namespace in it: {why}"
    )
    return []


async def _last_result(result: Manifest, construction: Construction) -> dict[str, Any]:
    """The data of the ConfigMap, as it is now; a cluster that does not answer has none."""
    metadata = result["metadata"]
    if isinstance(metadata["name"], str) and isinstance(metadata["namespace"], str):
        with contextlib.suppress(errors.ClusterError):
            live_result = await construction.api.get(config_map.KIND, metadata["namespace"], metadata["name"])
            return {**_NO_RESULT, **((live_result or {}).get("data") or {})}
    return dict(_NO_RESULT)


class RestoreCheck(pulumi.ComponentResource):
    """A regular proof that an Instance can be restored."""

    def __init__(self, name: str, plan: Plan, construction: Construction, options: pulumi.ResourceOptions) -> None:
        super().__init__(TOKEN, name, None, options)
        construction.tell(self)
        children = Children(self, construction, options)
        construction.inventory.open(children, name)
        wanted = plan.objects
        ignored_metadata = translated(options.ignore_changes, _METADATA)

        def child(suffix: str, manifest: Manifest, *, after: list[pulumi.Resource], ignored: list[str]) -> Any:
            return children.object(f"{name}-{suffix}", manifest, after=after, ignore_changes=ignored)

        # The check writes into it; an `up` after a `refresh` must not revert that.
        result = child("result", wanted.result, after=[], ignored=["data", *ignored_metadata])
        scripts = child("scripts", wanted.scripts, after=[], ignored=ignored_metadata)
        account = child("account", wanted.account, after=[], ignored=ignored_metadata)
        # No role before the policy that restricts it.
        policies: list[pulumi.Resource] = []
        for suffix, manifest in zip(("policy", "policy-binding"), plan.policies, strict=False):
            policies.append(child(suffix, manifest, after=list(policies), ignored=ignored_metadata))
        role = child("role", wanted.role, after=policies, ignored=ignored_metadata)
        before = [
            result,
            scripts,
            child("role-binding", wanted.binding, after=[account, role], ignored=ignored_metadata),
        ]
        if wanted.network_policy:
            before.append(child("network-policy", wanted.network_policy, after=[], ignored=ignored_metadata))
        ignored = translated(options.ignore_changes, _CRON_JOB_FIELDS)
        made = child("cron-job", wanted.cron_job, after=before, ignored=ignored)
        self.outputs = _outputs(wanted, plan.last_result, made)
        self.register_outputs(self.outputs)


def _outputs(
    wanted: restore_check.RestoreCheckObjects, last: Mapping[str, Any], made: pulumi.Resource
) -> dict[str, Any]:
    outputs = {
        "name": wanted.cron_job["metadata"]["name"],
        "namespace": wanted.cron_job["metadata"]["namespace"],
        "lastResult": last["result"],
        "lastMessage": last["message"],
        "lastTime": last["finished"],
    }
    return {key: anchored(value, [made]) for key, value in outputs.items()}
