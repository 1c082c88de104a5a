"""`tau.restore_check.objects`: the Pod of a check, what it is told, and how little it may do."""

import json
from typing import Any

import pytest

from tau import errors, fields
from tau.archive.script import store as archive_store
from tau.kubernetes.kinds import job
from tau.restore_check import inputs as restore_check_inputs
from tau.restore_check import objects as restore_check
from tau.restore_check import policy as restore_check_policy
from tau.restore_check.script import throwaway
from tau.types.postgres import NetworkPolicy, RestoreCheckArgs, Storage
from tests.unit import evaluation

SCRIPTS = {"tau/archive/script/store.py": "a", "tau/restore_check/script/__main__.py": "b"}


def _objects(**args: Any) -> restore_check.RestoreCheckObjects:
    return restore_check.objects(RestoreCheckArgs(instance="postgres-main", **args), SCRIPTS)


def _pod(wanted: restore_check.RestoreCheckObjects) -> Any:
    return wanted.cron_job["spec"]["jobTemplate"]["spec"]["template"]


def test_it_is_named_after_the_instance_unless_it_has_a_name() -> None:
    assert _objects().cron_job["metadata"]["name"] == "postgres-main-restore-check"
    named = _objects(name="weekly", namespace="shop")
    in_cluster = [named.policy, named.policy_binding]
    assert [item["metadata"]["name"] for item in in_cluster] == ["tau.shop.weekly"] * 2
    in_namespace = [item for item in vars(named).values() if item not in in_cluster]
    assert {item["metadata"]["name"] for item in in_namespace} == {"weekly", "weekly-scripts"}
    assert {item["metadata"]["namespace"] for item in in_namespace} == {"shop"}


def test_one_check_at_a_time_with_one_try_and_an_end() -> None:
    spec = _objects(schedule="0 4 * * 1", timeout_minutes=30).cron_job["spec"]
    assert (spec["schedule"], spec["timeZone"], spec["concurrencyPolicy"]) == ("0 4 * * 1", "Etc/UTC", "Forbid")
    within = spec["jobTemplate"]["spec"]
    assert (within["backoffLimit"], within["activeDeadlineSeconds"]) == (0, 30 * 60 + 300)


def test_a_drain_or_an_eviction_does_not_count_as_a_try() -> None:
    [rule] = _objects().cron_job["spec"]["jobTemplate"]["spec"]["podFailurePolicy"]["rules"]
    assert rule == {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}


def test_the_pod_is_one_that_the_restricted_standard_admits() -> None:
    spec = _pod(_objects())["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in spec["containers"]:
        assert container["securityContext"] == job.CONTAINER_SECURITY
        assert container["resources"]["limits"] == {"memory": "256Mi"}


def test_every_script_lies_where_python_looks_for_it() -> None:
    wanted = _objects()
    spec, data = _pod(wanted)["spec"], wanted.scripts["data"]
    [items] = [volume["configMap"]["items"] for volume in spec["volumes"] if "configMap" in volume]
    assert {item["path"]: data[item["key"]] for item in items} == SCRIPTS | {"parameters.json": data["parameters.json"]}
    assert {item["key"] for item in items} == data.keys()
    assert [container["command"][-1] for container in spec["containers"]] == ["check", "record"]


def test_only_the_container_that_checks_has_the_keys_of_the_store() -> None:
    check, record = _pod(_objects())["spec"]["containers"]
    secrets = [one["valueFrom"]["secretKeyRef"]["name"] for one in check["env"] if one["name"].startswith("AWS_")]
    trusted = next(one for one in check["env"] if one["name"] == archive_store.CA_VARIABLE)
    assert trusted["valueFrom"]["secretKeyRef"] == {"name": secrets[0], "key": "ca.crt", "optional": True}
    assert secrets == ["postgres-main-store"] * 3
    assert not [one for one in record["env"] if one["name"].startswith("AWS_")]


def test_the_parameters_say_what_to_check_and_how_to_call_it() -> None:
    wanted = _objects(query="SELECT '$(HOME)'", storage=Storage(storage_class="local"), labels={"team": "a"})
    assert json.loads(wanted.scripts["data"]["parameters.json"]) == {
        "name": "postgres-main-restore-check",
        "instance": "postgres-main",
        "database": "postgres",
        "query": "SELECT '$(HOME)'",
        "minutes": 120,
        "storage": {"storageClass": "local"},
        "labels": {
            "team": "a",
            "app.kubernetes.io/managed-by": "tau",
            "app.kubernetes.io/part-of": "postgres-main-restore-check",
        },
    }


def test_nothing_that_is_there_can_be_changed_but_the_result_and_the_secret_of_a_run() -> None:
    rules = _objects(name="weekly").role["rules"]
    changing = [rule for rule in rules if {"delete", "patch", "update", "deletecollection"} & set(rule["verbs"])]
    assert [(rule["resources"], rule.get("resourceNames")) for rule in changing] == [
        (["secrets"], ["weekly-run"]),
        (["configmaps"], ["weekly"]),
    ]
    reading = [rule for rule in rules if rule["resources"] == ["secrets"] and "get" in rule["verbs"]]
    assert [rule["resourceNames"] for rule in reading] == [["weekly-run"]]


def test_the_result_has_no_data_that_an_up_could_bring_back() -> None:
    assert "data" not in _objects().result


def test_only_the_checks_own_pod_and_the_operator_reach_the_throw_away_cluster() -> None:
    wanted = _objects(network_policy=NetworkPolicy(operator_namespace="operators"))
    assert wanted.network_policy
    spec = wanted.network_policy["spec"]
    labels = json.loads(wanted.scripts["data"]["parameters.json"])["labels"]
    assert spec["podSelector"]["matchLabels"].items() <= labels.items()
    client, operator = spec["ingress"]
    [peer] = client["from"]
    assert peer["podSelector"]["matchLabels"].items() <= _pod(wanted)["metadata"]["labels"].items()
    assert not peer["podSelector"]["matchLabels"].items() <= labels.items(), "the temporary Cluster admits itself"
    assert [port["port"] for port in client["ports"]] == [5432]
    assert operator["from"] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "operators"}}}]
    assert _objects(network_policy=NetworkPolicy(enabled=False)).network_policy is None


def test_labels_of_the_user_do_not_undo_those_that_the_policy_selects_by() -> None:
    wanted = _objects(labels={"app.kubernetes.io/part-of": "shop", "app.kubernetes.io/component": "x"})
    assert _pod(wanted)["metadata"]["labels"]["app.kubernetes.io/part-of"] == "postgres-main-restore-check"
    assert _pod(wanted)["metadata"]["labels"].items() >= job.STORE_CLIENT.items()


def test_values_that_are_not_known_yet_arrive_where_known_ones_would() -> None:
    args: dict[str, Any] = {
        "instance": "postgres-main",
        "query": "SELECT 2",
        "timeout_minutes": 5,
        "labels": {"team": "a"},
    }
    later: dict[str, Any] = {key: fields.Deferred(handle=value) for key, value in args.items()}
    known: Any = restore_check.objects(RestoreCheckArgs(**args), SCRIPTS)
    unknown = restore_check.objects(RestoreCheckArgs(**later), SCRIPTS)
    assert evaluation.evaluated(vars(unknown)) == vars(known)


CASES: dict[str, tuple[dict[str, Any], str, str]] = {
    "instance in capitals": ({"instance": "Main"}, "instance", "use lower-case letters"),
    "instance too long for a name": ({"instance": "a" * 27}, "name", "at most 40 are possible; set `name`"),
    "name too long": ({"name": "a" * 41}, "name", "at most 40 are possible"),
    "name with a digit first": ({"name": "1check"}, "name", "start with a letter"),
    "namespace in capitals": ({"namespace": "A"}, "namespace", "use lower-case letters"),
    "schedule of six fields": ({"schedule": "0 0 5 * * 0"}, "schedule", "use five"),
    "schedule in words": ({"schedule": "weekly"}, "schedule", "use five"),
    "database that is empty": ({"database": ""}, "database", "use 1 to 63 bytes"),
    "query that is empty": ({"query": " ;\n"}, "query", "use for example `SELECT 1`"),
    "no time": ({"timeout_minutes": 0}, "timeoutMinutes", "use 1 or more"),
    "size too small": ({"storage": Storage(size="1Ki")}, "storage.size", "at least `256Mi`"),
    "label of the operator": ({"labels": {"cnpg.io/x": "c"}}, 'labels["cnpg.io/x"]', "belongs to CloudNativePG"),
    "operator's namespace": (
        {"network_policy": NetworkPolicy(operator_namespace="A")},
        "networkPolicy.operatorNamespace",
        "use lower-case letters",
    ),
}


def _problems(**args: Any) -> list[errors.Problem]:
    problems = errors.Problems()
    restore_check_inputs.check(RestoreCheckArgs(**{"instance": "postgres-main"} | args), problems)
    return list(problems)


@pytest.mark.parametrize(("args", "path", "says"), CASES.values(), ids=CASES.keys())
def test_what_is_wrong_is_told_at_its_path(args: dict[str, Any], path: str, says: str) -> None:
    [problem] = _problems(**args)
    assert (problem.path, says in problem.reason) == (path, True), problem


def test_what_is_right_or_not_known_yet_is_not_judged() -> None:
    later: Any = fields.Deferred(handle=None)
    assert _problems() == []
    assert _problems(instance="a" * 50, name="weekly") == []
    assert _problems(instance=later, name=later, schedule=later, query=later, timeout_minutes=later) == []


def test_a_policy_is_for_the_account_of_the_check_in_its_namespace() -> None:
    wanted = _objects(name="weekly", namespace="shop")
    spec, binding = wanted.policy["spec"], wanted.policy_binding["spec"]
    (who,) = spec["matchConditions"]
    assert who["expression"] == "request.userInfo.username == 'system:serviceaccount:shop:weekly'"
    assert binding["policyName"] == wanted.policy["metadata"]["name"]
    assert binding["matchResources"]["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "shop"}
    created = {one["resources"][0] for one in spec["matchConstraints"]["resourceRules"]}
    rules = [one for one in wanted.role["rules"] if "create" in one["verbs"]]
    assert created == {one["resources"][0] for one in rules}


def test_a_throw_away_cluster_has_no_field_that_the_policy_forbids() -> None:
    parameters = {"barmanObjectName": "postgres-main"}
    spec: dict[str, Any] = {key: {"any": "thing"} for key in restore_check_policy.FORBIDDEN}
    spec |= {"plugins": [{"name": throwaway.PLUGIN, "parameters": parameters}]}
    made = throwaway.cluster(
        {"metadata": {"name": "postgres-main"}, "spec": spec},
        name="weekly-abcde",
        secret={"name": "weekly-run", "uid": "1"},
        backup="b",
        labels={},
        storage={},
    )
    assert not made["spec"].keys() & set(restore_check_policy.FORBIDDEN)
