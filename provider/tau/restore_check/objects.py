"""`tau:postgres:RestoreCheck`: arguments -> CronJob, its scripts, what it may do, and the ConfigMap of its result."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from tau import naming
from tau.fields import Input, lift
from tau.kubernetes.kinds import config_map, cron_job, job, network_policy, object_store, rbac, service_account
from tau.kubernetes.manifest import MANAGED_BY_TAU, Manifest, metadata
from tau.operator import release
from tau.restore_check import policy as restore_check_policy
from tau.store import s3
from tau.types.postgres import NetworkPolicy, RestoreCheckArgs

PART_OF = "app.kubernetes.io/part-of"

_PACKAGE = "tau.restore_check.script"
_CNPG = "postgresql.cnpg.io"
_BARMAN = "barmancloud.cnpg.io"
# Time to pull the image before the check counts, and to remove everything after it.
_SECONDS_AROUND = 300
_SECONDS_TO_END = 90
_FOLDER = "/scripts"
_PARAMETERS = "parameters.json"


@dataclass(frozen=True, kw_only=True)
class RestoreCheckObjects:
    """The objects of one RestoreCheck; `network_policy` is None where it is not wanted.

    `policy` with its binding restricts what the account may create, in a cluster that can.
    """

    result: Manifest
    scripts: Manifest
    account: Manifest
    role: Manifest
    binding: Manifest
    policy: Manifest
    policy_binding: Manifest
    network_policy: Manifest | None
    cron_job: Manifest


def name(args: RestoreCheckArgs) -> Input[str]:
    """Name of the CronJob and of the ConfigMap with the last result."""
    return args.name or naming.restore_check(args.instance)


def objects(args: RestoreCheckArgs, scripts: Mapping[str, str]) -> RestoreCheckObjects:
    """What one RestoreCheck consists of; `scripts` are the modules that run in its Pod, by path."""
    called = name(args)
    own = {**MANAGED_BY_TAU, PART_OF: called}
    labels = lift(lambda theirs, ours: {**theirs, **ours}, args.labels or {}, own)

    def metadata_of(named: Input[str]) -> Manifest:
        return metadata(name=named, namespace=args.namespace, labels=labels)

    policy, policy_binding = restore_check_policy.objects(
        metadata(name=naming.restore_check_policy(args.namespace, called), labels=labels),
        check=called,
        instance=args.instance,
        namespace=args.namespace,
    )
    return RestoreCheckObjects(
        result=config_map.config_map(metadata_of(called)),
        scripts=config_map.config_map(
            metadata_of(naming.restore_check_scripts(called)),
            {_key(path): text for path, text in scripts.items()} | {_PARAMETERS: _parameters(args, labels)},
        ),
        account=service_account.service_account(metadata_of(called)),
        role=rbac.role(metadata_of(called), _rules(called, args)),
        binding=rbac.binding(metadata_of(called), role=called, service_account=called),
        policy=policy,
        policy_binding=policy_binding,
        network_policy=_network_policy(metadata_of(called), called, args.network_policy or NetworkPolicy()),
        cron_job=cron_job.cron_job(
            metadata(
                name=called,
                namespace=args.namespace,
                labels=lift(lambda all_of_them: {**all_of_them, **job.STORE_CLIENT}, labels),
            ),
            schedule=args.schedule,
            seconds=lift(lambda minutes: minutes * 60 + _SECONDS_AROUND, args.timeout_minutes),
            pod=_pod(called, args, sorted(scripts)),
        ),
    )


def _network_policy(base: Manifest, called: Input[str], wanted: NetworkPolicy) -> Manifest | None:
    if not wanted.enabled:
        return None
    return network_policy.ingress_for_client(
        base,
        pods={PART_OF: called},
        client={PART_OF: called, **job.STORE_CLIENT},
        operator_namespace=wanted.operator_namespace or release.NAMESPACE,
    )


def _parameters(args: RestoreCheckArgs, labels: Input[Mapping[str, str]]) -> Input[str]:
    storage = {"size": args.storage.size, "storageClass": args.storage.storage_class} if args.storage else {}
    parameters = {
        "name": name(args),
        "instance": args.instance,
        "database": args.database,
        "query": args.query,
        "minutes": args.timeout_minutes,
        "storage": {key: value for key, value in storage.items() if value is not None},
        "labels": labels,
    }
    return lift(lambda known: json.dumps(known, sort_keys=True), parameters)


def _rules(called: Input[str], args: RestoreCheckArgs) -> list[Manifest]:
    """No existing object can be changed or deleted except the result and the Secret that a run belongs to.

    What a run makes has a name of its own each time, and Kubernetes restricts creating to no names at all; what the
    objects may be is for `restore_check_policy` to say.
    """
    return [
        rbac.rule("clusters", "create", "get", group=_CNPG),
        rbac.rule("objectstores", "get", names=[args.instance], group=_BARMAN),
        rbac.rule("secrets", "create"),
        rbac.rule("secrets", "get", "delete", names=[naming.restore_check_run(called)]),
        rbac.rule("configmaps", "patch", names=[called]),
        rbac.rule("pods", "get", "list"),
        rbac.rule("pods/log", "get"),
    ]


def _pod(called: Input[str], args: RestoreCheckArgs, modules: list[str]) -> Manifest:
    items = [{"key": _key(path), "path": path} for path in [*modules, _PARAMETERS]]
    return {
        "restartPolicy": "Never",
        "serviceAccountName": called,
        "automountServiceAccountToken": True,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": _SECONDS_TO_END,
        "securityContext": job.pod_security(job.Script.user, job.Script.group),
        "containers": [_container("check", _store_keys(args.instance)), _container("record", [])],
        "volumes": [
            {"name": "scripts", "configMap": {"name": naming.restore_check_scripts(called), "items": items}},
            {"name": "report", "emptyDir": {}},
            {"name": "tmp", "emptyDir": {}},
        ],
    }


def _key(path: str) -> str:
    """The key of a file in a ConfigMap, where there are no folders."""
    return path.replace("/", ".")


def _store_keys(instance: Input[str]) -> list[Manifest]:
    """The keys of the instance's store, as the S3 client looks for them; one that is not there is told by the check."""
    names = {
        "AWS_ACCESS_KEY_ID": object_store.ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": object_store.SECRET_KEY,
        "AWS_DEFAULT_REGION": object_store.REGION,
        s3.CA_VARIABLE: object_store.CA_CERTIFICATE,
    }
    secret = {"name": naming.store_keys(instance), "optional": True}
    return [{"name": name, "valueFrom": {"secretKeyRef": {**secret, "key": key}}} for name, key in names.items()]


def _container(task: str, environment: list[Manifest]) -> Manifest:
    fields = {"POD_NAME": "metadata.name", "POD_UID": "metadata.uid"}
    plain = {"PYTHONPATH": _FOLDER, "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/tmp"}
    return {
        "name": task,
        "image": object_store.SIDECAR_IMAGE,
        "command": ["python3", "-m", _PACKAGE, task],
        "env": [
            *({"name": key, "valueFrom": {"fieldRef": {"fieldPath": path}}} for key, path in fields.items()),
            *({"name": key, "value": value} for key, value in plain.items()),
            *environment,
        ],
        "volumeMounts": [
            {"name": "scripts", "mountPath": _FOLDER, "readOnly": True},
            {"name": "report", "mountPath": "/report"},
            {"name": "tmp", "mountPath": "/tmp"},
        ],
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "256Mi"}},
        "securityContext": job.CONTAINER_SECURITY,
    }
