"""`tau.kubernetes.kinds.job`: the Job that runs a script, and how it ended."""

from typing import Any

import pytest

from tau.kubernetes.kinds import job

METADATA = {"name": "look", "namespace": "apps"}


def pod_spec(**more: Any) -> Any:
    """Pod spec of a Job with a script."""
    return job.job(METADATA, job.Script(image="sidecar:1", source="print(1)", **more))["spec"]["template"]["spec"]


def test_its_pod_is_restricted_and_has_no_token() -> None:
    spec = pod_spec(user=1000, group=100)
    (container,) = spec["containers"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert (spec["securityContext"]["runAsUser"], spec["securityContext"]["runAsGroup"]) == (1000, 100)
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["securityContext"]["allowPrivilegeEscalation"] is False


def test_kubernetes_expands_nothing_in_a_script() -> None:
    spec = job.pod_spec(job.Script(image="sidecar:1", source="'$(HOME)'", arguments=("$$",)))
    assert spec["containers"][0]["command"] == ["python3", "-c", "'$$(HOME)'", "$$$$"]


def test_a_claim_and_a_secret_reach_the_script() -> None:
    spec = pod_spec(claim="share", secret="keys")
    (container,) = spec["containers"]
    assert {"name": "volume", "persistentVolumeClaim": {"claimName": "share"}} in spec["volumes"]
    assert {"name": "volume", "mountPath": job.VOLUME_PATH} in container["volumeMounts"]
    assert container["envFrom"] == [{"secretRef": {"name": "keys"}}]


def test_it_goes_away_by_itself_and_its_pods_are_admitted_by_gateways() -> None:
    made = job.job(METADATA | {"labels": {"mine": "1"}}, job.Script(image="sidecar:1", source="", seconds=60))
    assert made["spec"]["activeDeadlineSeconds"] == 60
    assert made["spec"]["ttlSecondsAfterFinished"] > 0
    assert made["spec"]["template"]["metadata"]["labels"] == {"mine": "1"} | job.STORE_CLIENT


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([], None),
        ([{"type": "SuccessCriteriaMet", "status": "True"}], None),
        ([{"type": "Complete", "status": "True"}], (True, "Complete")),
        ([{"type": "Failed", "status": "True", "message": "was active too long"}], (False, "was active too long")),
    ],
)
def test_its_end_is_told_by_its_conditions(conditions: Any, expected: Any) -> None:
    assert job.outcome({"status": {"conditions": conditions}}) == expected
