"""The plugin process: how it starts, says who it is, and ends."""

import contextlib
import pathlib
import subprocess

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime import proto

from testbed.drive import fake_engine, fake_monitor, plugin, property_map
from testbed.drive.deployment import Deployment


def test_the_first_line_on_standard_output_is_the_port_and_nothing_follows(
    engine: fake_engine.FakeEngine, tmp_path: pathlib.Path
) -> None:
    with engine.serving() as address, plugin.started(address, tmp_path) as process:
        process.calls.GetPluginInfo(empty_pb2.Empty(), timeout=10)
        assert 0 < int(process.first_line) < 65536
        assert process.stop() == ""


def test_flags_before_the_address_of_the_engine_are_accepted(
    engine: fake_engine.FakeEngine, tmp_path: pathlib.Path
) -> None:
    """As `pulumi -v=9 --logflow --logtostderr --tracing=...` starts it."""
    flags = ("--logtostderr", "-v=9", "--tracing", "tcp://127.0.0.1:1")
    with engine.serving() as address, plugin.started(address, tmp_path, *flags) as process:
        process.configure()
        with fake_monitor.FakeMonitor().serving() as monitor:
            Deployment(process, monitor).construct("Instance", "flagged", {})
            assert "flagged-cluster" in monitor.names


def test_what_the_sdk_says_to_those_who_debug_a_program_does_not_reach_the_engine(
    engine: fake_engine.FakeEngine, deployment: Deployment
) -> None:
    """A dozen messages for each resource, each of which it would wait for."""
    deployment.construct("Database", "quiet", {})
    assert "quiet" not in engine.everything()


def test_a_child_has_no_place_in_the_source_of_the_plugin(deployment: Deployment) -> None:
    deployment.construct("Database", "placed", {})
    assert not any(
        one.request.sourcePosition.uri or one.request.stackTrace.frames for one in deployment.monitor.registered
    )


def test_it_ends_once_nobody_answers_at_the_address_of_its_engine(
    engine: fake_engine.FakeEngine, tmp_path: pathlib.Path
) -> None:
    """A CLI that was killed tells its plugins nothing."""
    command = plugin.changed("serve._SECONDS_OF_SILENCE = 2")
    with contextlib.ExitStack() as left:
        with engine.serving() as address:
            process = left.enter_context(plugin.started(address, tmp_path, command=command))
            process.calls.GetPluginInfo(empty_pb2.Empty(), timeout=10)
        assert process.ended(seconds=30) == 0


def test_without_an_engine_it_says_who_starts_it() -> None:
    ended = subprocess.run([plugin.ROOT / "pulumi-resource-tau"], capture_output=True, text=True, timeout=30)
    assert ended.returncode == 1
    assert ended.stderr == "pulumi-resource-tau is started by Pulumi; see README.md\n"


def test_handshake_and_configure_accept_secrets_resources_and_outputs(tau: plugin.Plugin) -> None:
    greeting = tau.calls.Handshake(proto.ProviderHandshakeRequest(engine_address="127.0.0.1:1"))
    assert (greeting.accept_secrets, greeting.accept_resources, greeting.accept_outputs) == (True, True, True)
    configured = tau.configure()
    assert (configured.acceptSecrets, configured.acceptResources, configured.acceptOutputs) == (True, True, True)


def test_the_schema_is_the_file_of_the_repository(tau: plugin.Plugin) -> None:
    assert tau.calls.GetSchema(proto.GetSchemaRequest()).schema == (plugin.ROOT / "schema.json").read_text()


def test_the_version_is_that_of_the_schema(tau: plugin.Plugin) -> None:
    version = tau.calls.GetPluginInfo(empty_pb2.Empty()).version
    assert f'"version": "{version}"' in (plugin.ROOT / "schema.json").read_text()


def test_an_unknown_component_is_refused_by_name(deployment: Deployment) -> None:
    refused = deployment.refused("Instanze", "main", {})
    assert refused.message.startswith("tau:postgres:Instanze is not a component of tau ")


def test_an_unknown_function_is_refused_by_name(tau: plugin.Plugin) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        tau.calls.Invoke(proto.InvokeRequest(tok="tau:postgres:getWeather"))
    assert refused.value.details() == "tau:postgres:getWeather is not a function of tau 0.1.0"


def test_configuration_passes_unchanged_and_never_replaces_the_provider(tau: plugin.Plugin) -> None:
    home, away = (property_map.struct({"context": name}) for name in ("home", "away"))
    checked = tau.calls.CheckConfig(proto.CheckRequest(urn=plugin.URN, news=home))
    assert dict(checked.inputs) == {"context": "home"}
    diff = tau.calls.DiffConfig(proto.DiffRequest(urn=plugin.URN, olds=home, news=away))
    assert diff.changes == proto.DiffResponse.DIFF_NONE
