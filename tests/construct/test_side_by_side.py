"""Constructs run side by side: they overlap, keep their settings apart, and fail without a stack trace."""

import contextlib
from typing import Any

import grpc
import pytest

from testbed.drive import fake_monitor, plugin
from testbed.drive.deployment import Deployment, refusal


def _holding() -> contextlib.AbstractContextManager[fake_monitor.FakeMonitor]:
    """A monitor whose waits last until they are released."""
    return fake_monitor.FakeMonitor(holding=":Readiness").serving()


def _begin(deployment: Deployment, kind: str, name: str, inputs: dict[str, Any]) -> Any:
    return deployment.plugin.calls.Construct.future(deployment.request(kind, name, inputs), timeout=30)


def test_fifty_constructs_wait_at_once_and_hold_up_no_other(tau: plugin.Plugin) -> None:
    """An instance takes a minute to come up, and all others take the same one."""
    with _holding() as held, fake_monitor.FakeMonitor().serving() as free:
        begun = [_begin(Deployment(tau, held), "Instance", f"i{number}", {}) for number in range(50)]
        held.wait_for(50, ":Readiness")
        Deployment(tau, free).construct("Instance", "quick", {})
        assert not any(one.done() for one in begun)
        held.released.set()
        assert {one.result().state["name"] for one in begun} == {f"postgres-i{number}" for number in range(50)}
    assert len(held.registered) == len({one.urn for one in held.registered}) == 50 * 9


def test_settings_and_stack_of_one_do_not_reach_another(tau: plugin.Plugin) -> None:
    with contextlib.ExitStack() as stack:
        made = [
            Deployment(
                tau,
                stack.enter_context(fake_monitor.FakeMonitor(preview=bool(n % 2), holding=":Secret").serving()),
                project=f"project{n}",
                stack=f"stack{n}",
                config={f"project{n}:postgres_default_storage_size": f"{n + 1}Gi"},
            )
            for n in range(8)
        ]
        begun = [_begin(one, "Database", f"shop{n}", {}) for n, one in enumerate(made)]
        for one in made:
            one.monitor.wait_for(1, ":Secret")
        for one in made:
            one.monitor.released.set()
        assert [one.result().state["database"] for one in begun] == [f"shop{n}" for n in range(8)]
        for n, one in enumerate(made):
            sizes = {
                child.inputs["spec"]["storage"]["size"]
                for child in one.monitor.registered
                if child.request.type.endswith(":Cluster")
            }
            assert sizes == {f"{n + 1}Gi"}
            assert {name.partition("-")[0] for name in one.monitor.names} == {f"shop{n}"}


def test_a_name_is_claimed_once_however_many_ask_at_once(deployment: Deployment) -> None:
    begun = [_begin(deployment, "Instance", f"i{number}", {"name": "main"}) for number in range(10)]
    failures = [one.exception() for one in begun]
    assert len([one for one in failures if one is None]) == 1
    assert all("already" in refusal(one).problems["name"] for one in failures if one)


@pytest.mark.parametrize("code", [grpc.StatusCode.UNKNOWN, grpc.StatusCode.UNAVAILABLE])
def test_what_the_engine_refuses_is_told_without_a_stack_trace(deployment: Deployment, code: grpc.StatusCode) -> None:
    """As when a child cannot be made: the engine ends the deployment."""
    deployment.monitor.refuse("kubernetes:postgresql.cnpg.io/v1:Cluster", code, "the deployment is over")
    with pytest.raises(grpc.RpcError) as failed:
        deployment.construct("Database", "shop", {})
    refused = refusal(failed.value)
    assert refused.message in ("the deployment is over", "Resource monitor has terminated, shutting down")
    assert "Traceback" not in deployment.plugin.printed()
    assert ".py" not in refused.text
