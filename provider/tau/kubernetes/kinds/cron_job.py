"""CronJob (batch/v1) of one Pod at a time, in UTC.

https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/
"""

from tau.fields import Input
from tau.kubernetes.kind import Kind
from tau.kubernetes.manifest import Manifest, manifest

KIND = Kind("batch/v1", "CronJob", "cronjobs")

_SUCCESSFUL_JOBS = 1
_FAILED_JOBS = 1
# A node that is drained, or short of memory, says nothing about what the Pod does.
_BEGIN_ANEW_ELSEWHERE = {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}


def cron_job(metadata: Manifest, *, schedule: Input[str], seconds: Input[int], pod: Manifest) -> Manifest:
    """A CronJob of one try, which Kubernetes ends after so many seconds; the Pods have the CronJob's labels."""
    template = {"metadata": {"labels": metadata["labels"]}, "spec": pod}
    spec = {
        "schedule": schedule,
        "timeZone": "Etc/UTC",
        "concurrencyPolicy": "Forbid",
        "successfulJobsHistoryLimit": _SUCCESSFUL_JOBS,
        "failedJobsHistoryLimit": _FAILED_JOBS,
        "jobTemplate": {
            "metadata": {"labels": metadata["labels"]},
            "spec": {
                "backoffLimit": 0,
                "activeDeadlineSeconds": seconds,
                "podFailurePolicy": {"rules": [_BEGIN_ANEW_ELSEWHERE]},
                "template": template,
            },
        },
    }
    return manifest(KIND, metadata, spec=spec)
