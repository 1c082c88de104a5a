"""Configuration: which of several values wins, and what is said about bad ones."""

import pytest

from testbed.drive.deployment import Deployment

PROJECT = {
    "garden:postgres_version": "16",
    "garden:postgres_storage_class": "nas",
    "garden:postgres_default_storage_size": "20Gi",
}
PROVIDER = {"postgresVersion": "17", "postgresStorageClass": "fast", "postgresDefaultStorageSize": "30Gi"}
INPUTS = {"version": "18", "storage": {"size": "40Gi", "storageClass": "mine"}}


@pytest.mark.parametrize(
    ("inputs", "provider", "project", "expected"),
    [
        ({}, {}, {}, ("15", "longhorn", "10Gi")),
        ({}, {}, PROJECT, ("16", "nas", "20Gi")),
        ({}, PROVIDER, PROJECT, ("17", "fast", "30Gi")),
        (INPUTS, PROVIDER, PROJECT, ("18", "mine", "40Gi")),
    ],
    ids=["default", "project", "tau", "input"],
)
def test_an_input_wins_over_tau_over_the_project_over_the_default(
    deployment: Deployment,
    inputs: dict[str, str],
    provider: dict[str, str],
    project: dict[str, str],
    expected: tuple[str, str, str],
) -> None:
    deployment.plugin.configure(provider)
    Deployment(deployment.plugin, deployment.monitor, config=project).construct("Instance", "main", inputs)
    spec = deployment.monitor.find("main-cluster").inputs["spec"]
    version = spec["imageName"].rpartition(":")[2].partition("-")[0]
    assert (version, spec["storage"]["storageClass"], spec["storage"]["size"]) == expected


def test_keys_of_another_project_do_not_count(deployment: Deployment) -> None:
    made = Deployment(deployment.plugin, deployment.monitor, config=PROJECT, project="kitchen")
    made.construct("Instance", "main", {})
    assert deployment.monitor.find("main-cluster").inputs["spec"]["storage"]["size"] == "10Gi"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("postgresVersion", "13"),
        ("postgresVersion", "15.3"),
        ("postgresDefaultStorageSize", "ten"),
        ("postgresStorageClass", "A B"),
    ],
)
def test_a_bad_value_names_the_key_and_what_it_must_look_like(deployment: Deployment, key: str, value: str) -> None:
    deployment.plugin.configure({key: value})
    refused = deployment.refused("Instance", "main", {})
    assert f"configuration value {value!r}" in refused.problems[f"tau:{key}"]
    assert any(word in refused.problems[f"tau:{key}"] for word in ("write", "use"))


def test_a_bad_value_of_the_project_names_the_key_of_the_project(deployment: Deployment) -> None:
    made = Deployment(deployment.plugin, deployment.monitor, config={"garden:postgres_version": "newest"})
    assert made.refused("Database", "shop", {}).problems.keys() == {"garden:postgres_version"}


def test_bad_values_and_bad_inputs_are_reported_together(deployment: Deployment) -> None:
    deployment.plugin.configure({"postgresVersion": "13"})
    made = Deployment(deployment.plugin, deployment.monitor, config={"garden:postgres_default_storage_size": "big"})
    refused = made.refused("Instance", "main", {"instances": 0})
    assert refused.problems.keys() == {"tau:postgresVersion", "garden:postgres_default_storage_size", "instances"}


@pytest.mark.parametrize("given", ["provider", "stack"])
def test_a_key_that_tau_does_not_have_is_refused_with_the_nearest_one(deployment: Deployment, given: str) -> None:
    config = {"tau:postgresVersoin": "16"} if given == "stack" else {}
    deployment.plugin.configure({"postgresVersoin": "16"} if given == "provider" else {})
    refused = Deployment(deployment.plugin, deployment.monitor, config=config).refused("Instance", "main", {})
    assert refused.problems == {
        "tau:postgresVersoin": "is not a configuration key of tau; did you mean `tau:postgresVersion`?"
    }


def test_what_pulumi_puts_into_the_configuration_itself_is_accepted(deployment: Deployment) -> None:
    deployment.plugin.configure({"version": "0.1.0", "pluginDownloadURL": "git://example.com/tau"})
    deployment.construct("Instance", "main", {})
