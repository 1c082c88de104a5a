"""A failure that tau did not foresee: one sentence that names the resource and asks for a report, and no values."""

import time
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from pulumi.runtime import proto

from tau.plugin import registry
from testbed.drive import fake_engine, fake_monitor, plugin, property_map
from testbed.drive.deployment import Deployment

SECRET = "s3cret-Value"
NAMESPACE = "urn:pulumi:dev::garden::tau:app:TauApplication$tau:app:Namespace::shop-namespace"
PROPERTIES = {"name": "apps", "user": "shop"}
# Failures whose words hold what was given: those of Python show values and keys.
BROKEN = f"""
from tau.application import inputs as application_inputs; from tau.instance import objects as instance
from tau.health import function as health
from tau.application import namespace_resource as namespace
def failing(*_, **__): raise KeyError({SECRET!r})
async def failing_later(*_, **__): raise ValueError({SECRET!r})
application_inputs.check = failing
instance.objects = lambda *_: {{}}[{SECRET!r}]
health.get_health = failing_later
from tau.plugin import registry
resources = [one for one in map(registry.custom_resource, registry.tokens()) if one]
for made in resources:
    for one in ("check", "difference"): setattr(made, one, failing)
    for one in ("create", "read", "update", "delete"): setattr(made, one, failing_later)
"""
TOKENS = [token for token in sorted(registry.tokens()) if registry.custom_resource(token)]


@pytest.fixture(scope="module")
def broken(engine: fake_engine.FakeEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[plugin.Plugin]:
    folder, command = tmp_path_factory.mktemp("broken"), plugin.changed(*BROKEN.strip().splitlines())
    with engine.serving() as address, plugin.started(address, folder, command=command) as process:
        yield process


def _told(call: Any, request: Any) -> str:
    with pytest.raises(grpc.RpcError) as failure:
        call(request, timeout=20)
    assert failure.value.code() == grpc.StatusCode.UNKNOWN
    return str(failure.value.details())


@pytest.mark.parametrize("name", ["Check", "Diff", "Create", "Read", "Update", "Delete"])
def test_a_custom_resource(broken: plugin.Plugin, engine: fake_engine.FakeEngine, name: str) -> None:
    given = property_map.struct(PROPERTIES)
    fitting: dict[str, dict[str, Any]] = {
        "Check": {"news": given},
        "Diff": {"olds": given, "news": given},
        "Create": {"properties": given},
        "Read": {"properties": given, "inputs": given},
        "Update": {"olds": given, "news": given},
        "Delete": {"properties": given, "old_inputs": given},
    }
    request = getattr(proto, f"{name}Request")(urn=NAMESPACE, **fitting[name])
    told = _told(getattr(broken.calls, name), request)
    assert told.startswith("tau:app:Namespace 'shop-namespace': tau 0.1.0 has failed (")
    assert told.endswith("Report this line in the issue tracker of the repository that tau comes from")
    assert SECRET not in told + broken.printed() + engine.everything()
    assert "\n" not in told


@pytest.mark.parametrize("token", TOKENS)
def test_every_custom_resource(broken: plugin.Plugin, engine: fake_engine.FakeEngine, token: str) -> None:
    urn = f"urn:pulumi:dev::garden::{token}::shop"
    for name in ("Check", "Diff", "Create", "Read", "Update", "Delete"):
        told = _told(getattr(broken.calls, name), getattr(proto, f"{name}Request")(urn=urn))
        assert told.startswith(f"{token} 'shop': tau 0.1.0 has failed (")
        assert SECRET not in told + broken.printed() + engine.everything()


@pytest.mark.parametrize(("kind", "error"), [("TauApplication", "KeyError"), ("Instance", "KeyError")])
def test_a_component(broken: plugin.Plugin, engine: fake_engine.FakeEngine, kind: str, error: str) -> None:
    with fake_monitor.FakeMonitor().serving() as monitor:
        refused = Deployment(broken, monitor).refused(kind, "main", {"name": property_map.output("main")})
    assert f"{kind} 'main': tau 0.1.0 has failed ({error} at " in refused.message
    assert refused.problems == {}
    assert SECRET not in refused.text + broken.printed() + engine.everything()


def test_a_function(broken: plugin.Plugin) -> None:
    request = proto.InvokeRequest(tok="tau:postgres:getHealth", args=property_map.struct({"instance": "main"}))
    assert _told(broken.calls.Invoke, request).startswith(
        "tau:postgres:getHealth: tau 0.1.0 has failed (ValueError at "
    )


def test_the_debug_log_has_the_lines_of_code_and_no_values(
    broken: plugin.Plugin, engine: fake_engine.FakeEngine
) -> None:
    _told(broken.calls.Check, proto.CheckRequest(urn=NAMESPACE, news=property_map.struct(PROPERTIES)))
    line, deadline = "resource.check(arguments, problems)", time.monotonic() + 10
    while not any(line in text for text in engine.messages_of(NAMESPACE)):
        assert time.monotonic() < deadline, "nothing is logged"
        time.sleep(0.02)
    assert SECRET not in engine.everything()


def test_an_answer_of_the_engine_is_no_fault_of_tau(deployment: Deployment) -> None:
    kind = "kubernetes:postgresql.cnpg.io/v1:Cluster"
    deployment.monitor.refuse(kind, grpc.StatusCode.UNKNOWN, "the stack is being cancelled")
    with pytest.raises(grpc.RpcError) as failure:
        deployment.construct("Instance", "main", {})
    assert "the stack is being cancelled" in str(failure.value.details())
    assert "fault of tau" not in str(failure.value.details())


def test_a_kubeconfig_that_cannot_be_read_is_not_shown(tau: plugin.Plugin) -> None:
    for kubeconfig in (
        f"users: [{SECRET}\n: : {SECRET}",
        f'{{"users": "{SECRET}", ',
        f"[{SECRET}]\n",
        f"a: {SECRET}\n",
    ):
        inputs = property_map.struct(PROPERTIES | {"kubeconfig": property_map.secret(kubeconfig)})
        told = _told(tau.calls.Read, proto.ReadRequest(urn=NAMESPACE, properties=inputs, inputs=inputs))
        assert SECRET not in told + tau.printed()
        assert "kubeconfig" in told
        assert "fault of tau" not in told
