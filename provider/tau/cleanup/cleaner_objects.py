"""The cleaner: a CronJob that deletes what is retained when its time is over, then itself; no program is needed.

It looks once a day, at the time of day of the end, and deletes by name only what it was made for. All that it needs
belongs to its CronJob: https://kubernetes.io/docs/concepts/architecture/garbage-collection/.
"""

import datetime
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tau import naming
from tau.kubernetes.kinds import cron_job, job, rbac, service_account
from tau.kubernetes.manifest import Manifest, merge, metadata
from tau.ownership.retention import RetainedObject

_SECONDS = 900
# The server first: the operator then releases the objects in it, and needs all others until then.
_FIRST = ("Cluster", "Database", "DatabaseRole", "ObjectStore")


@dataclass(frozen=True, kw_only=True)
class CleanerObjects:
    """The CronJob, and what belongs to it."""

    cron_job: Manifest
    account: Manifest
    role: Manifest
    binding: Manifest


def objects(
    namespace: str,
    instance: str,
    retained: Sequence[RetainedObject],
    *,
    owner: str,
    end: datetime.datetime,
    image: str,
    program: tuple[str, str],
) -> CleanerObjects:
    """What deletes these objects of an Instance; `program` is a loader and the modules that it loads."""
    called = naming.cleaner(instance)
    base = metadata(name=called, namespace=namespace, labels=dict(naming.labels(instance)))
    loader, modules = program
    arguments = {"cleaner": called, "owner": owner, "until": end.isoformat(), "objects": _ordered(retained)}
    script = job.Script(image=image, source=loader, arguments=(modules, json.dumps(arguments)))
    pod = merge(job.pod_spec(script), {"serviceAccountName": called, "automountServiceAccountToken": True})
    return CleanerObjects(
        cron_job=cron_job.cron_job(base, schedule=schedule(end), seconds=_SECONDS, pod=pod),
        account=service_account.service_account(base),
        role=rbac.role(
            base, [*_rules(retained), rbac.rule("cronjobs", "get", "delete", names=[called], group="batch")]
        ),
        binding=rbac.binding(base, role=called, service_account=called),
    )


def owned(item: Manifest, by: Mapping[str, Any]) -> Manifest:
    """An object that goes with the CronJob."""
    reference = {"apiVersion": cron_job.KIND.api_version, "kind": cron_job.KIND.kind}
    reference |= {key: by["metadata"][key] for key in ("name", "uid")}
    return merge(item, {"metadata": {"ownerReferences": [reference]}})


def schedule(end: datetime.datetime) -> str:
    """Each day in the first minute that begins after the end."""
    first = (end.astimezone(datetime.UTC) + datetime.timedelta(seconds=59)).replace(second=0)
    return f"{first.minute} {first.hour} * * *"


def _ordered(retained: Iterable[RetainedObject]) -> list[list[str]]:
    def rank(item: RetainedObject) -> int:
        return _FIRST.index(item.kind) if item.kind in _FIRST else len(_FIRST)

    return [[item.api_version, item.kind, item.of.plural, item.name] for item in sorted(retained, key=rank)]


def _rules(retained: Iterable[RetainedObject]) -> list[Manifest]:
    names: dict[tuple[str, str], list[str]] = {}
    for item in retained:
        group = item.api_version.rpartition("/")[0]
        names.setdefault((group, item.of.plural), []).append(item.name)
    return [
        rbac.rule(plural, "get", "delete", names=sorted(known), group=group)
        for (group, plural), known in sorted(names.items())
    ]
