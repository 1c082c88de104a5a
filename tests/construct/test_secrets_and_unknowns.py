"""Secrets stay secret and unknowns stay unknown, all the way through a Construct."""

import json
from typing import Any

import pytest
from google.protobuf import json_format

from tau.credentials import digest as digests
from testbed.drive import fake_engine, fake_monitor, property_map
from testbed.drive.deployment import Deployment

PASSWORD = "correct horse battery staple"
KUBECONFIG = "apiVersion: v1\nkind: Config\nusers:\n- name: me\n  user: {token: kubeconfig-token}\n"
NEEDLES = (PASSWORD, "correct%20horse", fake_monitor.GENERATED_PASSWORD, "kubeconfig-token")


def test_a_given_password_is_secret_wherever_it_is(deployment: Deployment) -> None:
    response = deployment.construct("Database", "shop", {"password": property_map.secret(PASSWORD)})
    secret = deployment.monitor.find("shop-connection")
    assert secret.inputs["stringData"]["password"] == PASSWORD
    _assert_hidden(deployment, response.state)


def test_a_password_given_in_plain_text_is_secret_all_the_same(deployment: Deployment) -> None:
    response = deployment.construct("Database", "shop", {"password": PASSWORD})
    _assert_hidden(deployment, response.state)


def test_a_generated_password_is_secret_wherever_it_is(deployment: Deployment) -> None:
    response = deployment.construct("Database", "shop", {})
    assert property_map.plain(response.state)["password"] == fake_monitor.GENERATED_PASSWORD
    _assert_hidden(deployment, response.state)


def test_a_secret_that_would_leave_its_secret_is_refused_and_not_shown(deployment: Deployment) -> None:
    given = {"clusterSpec": {"description": property_map.secret(PASSWORD)}, "cleanup": {"policy": "never"}}
    refused = deployment.refused("Instance", "main", given)
    assert "- clusterSpec.description: is a secret, and would be stored in plain text" in refused.message
    assert "name a Secret that holds it" in refused.message
    assert list(refused.problems) == ["cleanup.policy"], "the engine would print the secret at its path"
    assert PASSWORD not in refused.text


def test_no_digest_stands_outside_of_a_secret_that_is_made_from_a_secret_alone(deployment: Deployment) -> None:
    """Whoever may read Deployments could try until a guess has the digest that is seen."""
    given = {"image": "shop:1", "secretEnv": {"PIN": "0421"}, "secretFiles": {"/pin": "0421"}}
    deployment.construct("TauApplication", "shop", given)
    seen = deployment.monitor.find("shop-deployment").inputs["spec"]["template"]["metadata"]["annotations"]
    content: dict[str, Any] = {"credentials": {}, "configFiles": {}, "foreign": {}} | {
        k: given[k] for k in ("secretEnv", "secretFiles")
    }
    assert seen == {"checksum/config": digests.of_secrets(content, fake_monitor.DIGEST_KEY)}
    assert property_map.is_secret(deployment.monitor.find("shop-deployment").request.object, "spec") is False
    assert fake_monitor.DIGEST_KEY not in property_map.open_text(
        deployment.monitor.find("shop-deployment").request.object
    )


@pytest.mark.parametrize(
    ("inputs", "made"),
    [
        ({"secretEnv": {"PIN": "0421"}}, True),
        ({"secretEnv": {"PIN": "0421"}, "database": {}}, False),
        ({"database": {"password": PASSWORD}}, True),
        ({"envFrom": [{"secretRef": {"name": "others"}}]}, True),
        ({"configFiles": {"/a": "b"}, "env": {"A": "b"}}, False),
    ],
    ids=["variable", "beside a made password", "given password", "secret of others", "nothing secret"],
)
def test_a_key_for_digests_is_made_where_nothing_else_brings_one(
    deployment: Deployment, inputs: dict[str, Any], made: bool
) -> None:
    deployment.construct("TauApplication", "shop", {"image": "shop:1", **inputs})
    assert ("shop-digest-key" in deployment.monitor.names) is made


def test_kubernetes_secrets_name_their_data_as_secret_outputs(deployment: Deployment) -> None:
    deployment.construct("Database", "shop", {})
    secrets = [one.request for one in deployment.monitor.registered if one.request.type == "kubernetes:core/v1:Secret"]
    assert {tuple(one.additionalSecretOutputs) for one in secrets} == {("data", "stringData")}


@pytest.mark.parametrize("key", ["tau", "kubernetes"])
def test_the_kubeconfig_is_secret_on_its_way_to_the_wait(deployment: Deployment, key: str) -> None:
    if key == "tau":
        deployment.plugin.configure({"kubeconfig": KUBECONFIG})
        made = deployment
    else:
        made = Deployment(deployment.plugin, deployment.monitor, config={"kubernetes:kubeconfig": KUBECONFIG})
    made.construct("Instance", "main", {})
    ready = made.monitor.find("main-ready")
    assert ready.inputs["kubeconfig"] == KUBECONFIG
    assert property_map.is_secret(ready.request.object, "kubeconfig")


def test_neither_log_nor_standard_error_shows_a_secret(deployment: Deployment, engine: fake_engine.FakeEngine) -> None:
    deployment.plugin.configure({"kubeconfig": KUBECONFIG})
    deployment.construct("Database", "shop", {"password": property_map.secret(PASSWORD)})
    deployment.refused("Database", "bad", {"password": property_map.secret(f"{PASSWORD}\n"), "name": 7.5})
    for needle in NEEDLES:
        assert needle not in engine.everything()
        assert needle not in deployment.plugin.printed()


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        ("Instance", {"name": "x"}),
        ("Instance", {"namespace": "x"}),
        ("Instance", {"instances": 2}),
        ("Instance", {"version": "17"}),
        ("Instance", {"labels": {"a": "b"}}),
        ("Instance", {"storage": {"size": "20Gi"}}),
        ("Instance", {"parameters": {"max_connections": "5"}}),
        ("Instance", {"resources": {"limits": {"memory": "1Gi"}}}),
        ("Instance", {"clusterSpec": {"logLevel": "debug"}}),
        ("Instance", {"networkPolicy": {"operatorNamespace": "ops"}}),
        ("Database", {"name": "x"}),
        ("Database", {"namespace": "x"}),
        ("Database", {"instance": "main"}),
        ("Database", {"extensions": ["pg_trgm"]}),
        ("Database", {"password": "p"}),
        ("Database", {"storageSize": "1Gi"}),
        ("Database", {"version": "17"}),
        ("Database", {"resources": {"requests": {"cpu": "1"}}}),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else value,
)
def test_the_children_do_not_depend_on_what_is_unknown(
    deployment: Deployment, preview: Deployment, kind: str, inputs: dict[str, Any]
) -> None:
    deployment.construct(kind, "it", inputs)
    leaves = {name: _unknown(value) for name, value in inputs.items()}
    preview.construct(kind, "it", leaves)
    assert preview.monitor.names == deployment.monitor.names
    assert property_map.UNKNOWN in json.dumps([one.inputs for one in preview.monitor.registered])


@pytest.mark.parametrize(
    "value", [property_map.UNKNOWN, property_map.output(dependencies=["urn:a"])], ids=["mark", "output"]
)
def test_an_unknown_namespace_is_unknown_in_every_place_and_nothing_else_is(preview: Deployment, value: Any) -> None:
    response = preview.construct("Instance", "main", {"namespace": value})
    state = property_map.plain(response.state)
    unknown = {name for name, one in state.items() if property_map.UNKNOWN in json.dumps(one)}
    assert unknown == {"namespace", "host", "readOnlyHost"}
    cluster = preview.monitor.find("main-cluster").inputs
    assert cluster["metadata"]["namespace"] == property_map.UNKNOWN
    assert property_map.UNKNOWN not in json.dumps(cluster["spec"])


def test_in_a_preview_the_generated_password_is_unknown_and_secret(preview: Deployment) -> None:
    response = preview.construct("Database", "shop", {})
    state = property_map.plain(response.state)
    assert state["password"] == state["connectionString"] == property_map.UNKNOWN
    assert property_map.is_secret(response.state, "password")
    assert property_map.is_secret(response.state, "connectionString")
    assert state["host"] == "postgres-shop-rw.default.svc"


def test_an_output_that_is_known_is_used_and_what_it_comes_from_is_kept(preview: Deployment) -> None:
    source = "urn:pulumi:dev::garden::pulumi:pulumi:Stack$tau:postgres:Instance::main"
    preview.construct("Database", "shop", {"instance": property_map.output("postgres-main", dependencies=[source])})
    children = [one.request for one in preview.monitor.registered if one.request.custom]
    assert [one.name for one in children if source not in one.dependencies] == []
    assert preview.monitor.find("shop-database").inputs["spec"]["cluster"]["name"] == "postgres-main"


@pytest.mark.parametrize(
    ("kind", "name"), [("Database", "owner"), ("Instance", "superuserAccess"), ("Instance", "networkPolicy")]
)
def test_what_decides_the_children_must_be_known(preview: Deployment, kind: str, name: str) -> None:
    refused = preview.refused(kind, "it", {name: property_map.UNKNOWN})
    assert "must be known during preview" in refused.problems[name]


def _unknown(value: Any) -> Any:
    """The innermost values of an input replaced: objects of known types have to be known."""
    if isinstance(value, dict):
        return {key: _unknown(item) for key, item in value.items()}
    return [_unknown(item) for item in value] if isinstance(value, list) else property_map.UNKNOWN


def _assert_hidden(
    deployment: Deployment, state: Any, outputs: tuple[str, ...] = ("password", "connectionString")
) -> None:
    for name in outputs:
        assert property_map.is_secret(state, name), f"{name} is not secret"
    sent = [one.request.object for one in deployment.monitor.registered]
    for text in map(property_map.open_text, [state, *sent]):
        assert not [needle for needle in NEEDLES if needle in text]
    everything = [json_format.MessageToJson(one) for one in sent]
    assert any(needle in text for text in everything for needle in NEEDLES), "the password arrived nowhere"
