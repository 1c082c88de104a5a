"""Bad inputs of an application: the property path, and a sentence that says what to do."""

from typing import Any

import pytest

from tau import errors, fields
from tau.application import inputs as application_inputs
from tau.settings import Settings
from tau.types.app import (
    Database,
    EnvironmentFrom,
    EnvironmentSource,
    Ingress,
    KeySelector,
    NameReference,
    Port,
    Probe,
    Probes,
    Resources,
    SecurityContext,
    TauApplicationArgs,
    VerticalPodAutoscaler,
    Volume,
)
from tau.types.postgres import NfsShare

HTTP = [Port(port=8080)]
SHARE = NfsShare(server="nas", path="/export")
REFERENCE = KeySelector(name="s", key="k")


def volume(**parts: Any) -> dict[str, Any]:
    """Inputs with one volume, a good one but for the parts."""
    given = {"mount_path": "/data", **parts}
    if not {"size", "nfs", "existing_claim", "empty_dir"} & parts.keys():
        given["size"] = "1Gi"
    return {"volumes": [Volume(**given)]}


def ingress(ports: list[Port] = HTTP, **parts: Any) -> dict[str, Any]:
    """Inputs with an ingress, a good one but for the parts."""
    named = {"host", "hosts", "subdomain", "domain"} & parts.keys()
    return {"ports": ports, "ingress": Ingress(**({} if named else {"host": "a.example"}) | parts)}


def security(**parts: Any) -> dict[str, Any]:
    return {"image": "a:1", "security_context": SecurityContext(**parts)}


def probe(**parts: Any) -> dict[str, Any]:
    return {"image": "a:1", "ports": HTTP, "probes": Probes(readiness=Probe(**parts))}


def resources(**parts: Any) -> dict[str, Any]:
    return {"image": "a:1", "resources": Resources(**parts)}


def pod_spec(spec: dict[str, Any]) -> dict[str, Any]:
    return {"image": "a:1", "pod_spec": spec}


CASES: dict[str, tuple[dict[str, Any], str, str]] = {
    "name in capitals": ({"name": "Shop"}, "name", "use lower-case letters"),
    "name that starts with a digit": ({"name": "1shop"}, "name", "start with a letter"),
    "name too long": ({"name": "a" * 64}, "name", "at most 63 are possible"),
    "namespace with a dot": ({"namespace": "my.apps"}, "namespace", "use lower-case letters"),
    "label with a blank": ({"labels": {"team": "my team"}}, 'labels["team"]', "is not a valid label value"),
    "label that is tau's": ({"labels": {"app": "x"}}, 'labels["app"]', "is set by tau"),
    "label of the namespace": ({"namespace_labels": {"a b": "x"}}, 'namespaceLabels["a b"]', "is not a valid key"),
    "labels of a namespace that is not made": (
        {"namespace_labels": {"a": "b"}, "create_namespace": False},
        "namespaceLabels",
        "`createNamespace: false`",
    ),
    "database and an entry of the same variables": (
        {"database": Database(), "databases": {"default": Database(), "main": Database()}},
        "databases.default",
        "'default' sets the same variables as `database`; rename this entry",
    ),
    "database in another namespace": (
        {"namespace": "apps", "database": Database(namespace="other")},
        "database.namespace",
        "'other' is not the application's namespace 'apps'",
    ),
    "one of several databases in another namespace": (
        {"databases": {"main": Database(namespace="other")}},
        "databases.main.namespace",
        "is not the application's namespace 'default'",
    ),
    "database with a key in capitals": (
        {"databases": {"Main": Database()}},
        "databases.Main",
        "use lower-case letters",
    ),
    "databases with the same variables": (
        {"databases": {"my-db": Database(), "my_db": Database()}},
        "databases.my_db",
        "MY_DB_DATABASE_URL and so on; rename one",
    ),
    "variable of the database": (
        {"database": Database(), "env": {"DB_HOST": "x"}},
        "env.DB_HOST",
        "is a variable of `database` too",
    ),
    "credential of one of several databases": (
        {"databases": {"a": Database()}, "secret_env": {"A_DATABASE_URL": "x"}},
        "secretEnv.A_DATABASE_URL",
        "is a variable of `databases.a` too",
    ),
    "variable given twice": (
        {"env": {"A": "x"}, "secret_env": {"A": "y"}},
        "env.A",
        "is a variable of `secretEnv` too",
    ),
    "variable with a blank": ({"env": {"MY KEY": "x"}}, 'env["MY KEY"]', "is not the name of an environment variable"),
    "variable that starts with a digit": ({"secret_env": {"1A": "x"}}, 'secretEnv["1A"]', "start with a letter"),
    "variable with two sources": (
        {"env": {"A": EnvironmentSource(secret_key_ref=REFERENCE, config_map_key_ref=REFERENCE)}},
        "env.A",
        "exactly one of `secretKeyRef` and `configMapKeyRef`",
    ),
    "variable with no source": ({"env": {"A": EnvironmentSource()}}, "env.A", "exactly one of"),
    "variable from a Secret of a bad name": (
        {"env": {"A": EnvironmentSource(secret_key_ref=KeySelector(name="My_Secret", key="k"))}},
        "env.A.secretKeyRef.name",
        "is not the name of a Kubernetes object",
    ),
    "variables from nothing": ({"image": "a:1", "env_from": [EnvironmentFrom()]}, "envFrom[0]", "exactly one of"),
    "variables with a bad prefix": (
        {"image": "a:1", "env_from": [EnvironmentFrom(secret_ref=NameReference(name="s"), prefix="1-")]},
        "envFrom[0].prefix",
        "start with a letter",
    ),
    "credentials that are not known": (
        {"secret_env": fields.Deferred(handle=None)},
        "secretEnv",
        "must be known during",
    ),
    "port of zero": ({"ports": [Port(port=0)]}, "ports[0].port", "use 1 to 65535"),
    "port too high": ({"ports": [Port(port=80, target_port=70000)]}, "ports[0].targetPort", "use 1 to 65535"),
    "port given twice": ({"ports": [Port(port=80), Port(port=80, name="b")]}, "ports[1].port", "is listed twice"),
    "port name given twice": (
        {"ports": [Port(port=80), Port(port=81, name="http")]},
        "ports[1].name",
        "is listed twice",
    ),
    "port name too long": ({"ports": [Port(port=80, name="a" * 16)]}, "ports[0].name", "at most 15"),
    "unknown protocol": (
        {"ports": [Port(port=80, protocol="HTTP")]},
        "ports[0].protocol",
        "use one of TCP, UDP, SCTP",
    ),
    "ingress without a port": (ingress([]), "ingress", "`ports: [{ port: 8080 }]`"),
    "ingress to UDP": (ingress([Port(port=53, protocol="UDP")]), "ingress", "needs a TCP port"),
    "ingress without a domain": (ingress(subdomain="shop"), "ingress.domain", "`tau:domain` for all applications"),
    "host and subdomain": (
        ingress(host="a.example", subdomain="a"),
        "ingress.subdomain",
        "not used together with `host`",
    ),
    "host and domain": (ingress(host="a.example", domain="b.example"), "ingress.domain", "is not used with `host`"),
    "host with a path": (ingress(host="a.example/x"), "ingress.host", "is not a host name"),
    "no hosts": (ingress(hosts=[]), "ingress.hosts", "set a host"),
    "host listed twice": (ingress(hosts=["a.example", "a.example"]), "ingress.hosts[1]", "is listed twice"),
    "unknown visibility": (ingress(visibility="hidden"), "ingress.visibility", "use one of public, private"),
    "class and visibility": (ingress(visibility="public", class_name="x"), "ingress.className", "remove one"),
    "path without a slash": (ingress(path="app"), "ingress.path", "start with `/`"),
    "port that is none of the application's": (ingress(port=9000), "ingress.port", "is not among `ports` (8080)"),
    "key of an Ingress": (
        {"ports": HTTP, "ingresses": {"My Api": Ingress(host="a.example")}},
        'ingresses["My Api"]',
        "is not usable in names",
    ),
    "problem of one of several": (
        {"ports": HTTP, "ingresses": {"api": Ingress(host="a.example", path="api")}},
        "ingresses.api.path",
        "start with `/`",
    ),
    "two for one address": (
        ingress(host="a.example") | {"ingresses": {"api": Ingress(hosts=["b.example", "a.example"])}},
        "ingresses.api",
        "answers for 'a.example' below '/' like `ingress`",
    ),
    "ingresses without a port": (
        {"ingresses": {"api": Ingress(host="a.example")}},
        "ingresses.api",
        "needs a TCP port",
    ),
    "certificate without TLS": (ingress(tls=False, tls_secret_name="x"), "ingress.tlsSecretName", "`tls: false`"),
    "annotation with a bad key": (
        ingress(annotations={"a b": "x"}),
        'ingress.annotations["a b"]',
        "is not a valid key",
    ),
    "volume that says nothing": ({"volumes": [Volume(mount_path="/d")]}, "volumes[0]", "has no volume type"),
    "volume of two kinds": (volume(size="1Gi", existing_claim="c"), "volumes[0]", "has `size` and `existingClaim`"),
    "relative mount path": (volume(mount_path="data"), "volumes[0].mountPath", "use for example `/data`"),
    "mount path of everything": (volume(mount_path="/"), "volumes[0].mountPath", "below `/`"),
    "mount path given twice": (
        {"volumes": [*volume()["volumes"], Volume(mount_path="/data/", name="b", empty_dir=True)]},
        "volumes[1].mountPath",
        "is mounted by volumes[0].mountPath already",
    ),
    "two volumes of one name": (
        {"volumes": [Volume(mount_path="/a-b", size="1Gi"), Volume(mount_path="/a/b", size="1Gi")]},
        "volumes[1].name",
        "is the name of volumes[0] too",
    ),
    "volume with tau's name": (volume(name="config-files"), "volumes[0].name", "choose another one"),
    "sub path that leaves the volume": (volume(sub_path="../x"), "volumes[0].subPath", "use for example"),
    "size in words": (volume(size="big"), "volumes[0].size", "is not a Kubernetes quantity"),
    "unknown access mode": (volume(access_modes=["RWX"]), "volumes[0].accessModes[0]", "use one of ReadWriteOnce"),
    "no access modes": (volume(access_modes=[]), "volumes[0].accessModes", "is empty"),
    "class of an existing claim": (
        volume(existing_claim="c", storage_class="longhorn"),
        "volumes[0].storageClass",
        "belongs to a new claim",
    ),
    "access modes of a share": (
        volume(nfs=SHARE, access_modes=["ReadWriteMany"]),
        "volumes[0].accessModes",
        "remove it",
    ),
    "share with a relative path": (
        volume(nfs=NfsShare(server="nas", path="export")),
        "volumes[0].nfs.path",
        "is not an absolute path",
    ),
    "share with a URL": (
        volume(nfs=NfsShare(server="nfs://nas", path="/e")),
        "volumes[0].nfs.server",
        "not a host name",
    ),
    "Pods that cannot share a claim": (
        {"image": "a:1", "replicas": 2, **volume()},
        "replicas",
        "`accessModes: [ReadWriteMany]`",
    ),
    "fewer than no Pods": ({"image": "a:1", "replicas": -1}, "replicas", "use 0 or more"),
    "file in a folder that is relative": ({"config_files": {"a.yml": "x"}}, 'configFiles["a.yml"]', "absolute path"),
    "file that is a folder": ({"config_files": {"/etc/a/": "x"}}, 'configFiles["/etc/a/"]', "add the name of a file"),
    "file that is too large": ({"config_files": {"/a": "x" * 2**20, "/b": "x"}}, "configFiles", "so use a volume"),
    "file given twice": (
        {"config_files": {"/a": "x"}, "secret_files": {"/a": "y"}},
        'secretFiles["/a"]',
        'is mounted by configFiles["/a"] already',
    ),
    "file where a volume is": (
        {**volume(), "config_files": {"/data": "x"}},
        'configFiles["/data"]',
        "is mounted by volumes[0].mountPath already",
    ),
    "files that are not known": ({"config_files": fields.Deferred(handle=None)}, "configFiles", "must be known during"),
    "empty image": ({"image": ""}, "image", "is not an image"),
    "image with a blank": ({"image": "my app:1"}, "image", "is not an image"),
    "command without an image": ({"command": ["x"]}, "command", "needs `image`"),
    "probes without an image": ({"ports": HTTP, "probes": Probes()}, "probes", "needs `image`"),
    "cpu in words": (resources(requests={"cpu": "half"}), "resources.requests.cpu", "is not a Kubernetes quantity"),
    "request above the limit": (
        resources(requests={"memory": "1Gi"}, limits={"memory": "1Mi"}),
        "resources.requests.memory",
        "is more than resources.limits.memory '1Mi'",
    ),
    "probe of two kinds": (probe(path="/", command=["x"]), "probes.readiness.command", "is not used with `path`"),
    "probe of nothing": (
        {"image": "a:1", "probes": Probes(liveness=Probe())},
        "probes.liveness",
        "set `port` or `command`",
    ),
    "probe path without a slash": (probe(path="healthz"), "probes.readiness.path", "start with `/`"),
    "probe over an unknown scheme": (probe(scheme="https"), "probes.readiness.scheme", "use one of HTTP, HTTPS"),
    "probe without a pause": (probe(period_seconds=0), "probes.readiness.periodSeconds", "use 1 or more"),
    "root": (security(run_as_user=0), "securityContext.runAsUser", "`securityContext: { restricted: false }`"),
    "negative group": (security(fs_group=-1), "securityContext.fsGroup", "is not an ID"),
    "capability": (security(add_capabilities=["NET_ADMIN"]), "securityContext.addCapabilities[0]", "is not allowed"),
    "capability with CAP": (
        security(restricted=False, add_capabilities=["CAP_NET_ADMIN"]),
        "securityContext.addCapabilities[0]",
        "use a name such as `NET_ADMIN`",
    ),
    "whole Pod": (pod_spec({"metadata": {}}), "podSpec.metadata", "use `labels`"),
    "variables in a circle": (
        {"env": {"B": "$(C)", "C": "$(A)", "A": "$(B)", "D": "$(A)"}},
        "env.A",
        "A -> B -> C -> A; remove one",
    ),
    "a variable of itself": ({"env": {"PATH": "/a:$(PATH)"}}, "env.PATH", "PATH -> PATH"),
    "no container": (pod_spec({"containers": None}), "podSpec.containers", "cannot be removed"),
    "container without a name": (pod_spec({"containers": [{"image": "b"}]}), "podSpec.containers[0]", "set it"),
    "unknown update mode": (
        {"image": "a:1", "vertical_pod_autoscaler": VerticalPodAutoscaler(update_mode="Always")},
        "verticalPodAutoscaler.updateMode",
        "use one of Off, Initial",
    ),
}


def found(**inputs: Any) -> list[errors.Problem]:
    """What is wrong with some inputs."""
    problems = errors.Problems()
    application_inputs.check("shop", TauApplicationArgs(**inputs), Settings(), problems)
    return list(problems)


@pytest.mark.parametrize("case", CASES)
def test_a_bad_input_is_named_with_what_to_do(case: str) -> None:
    inputs, path, reason = CASES[case]
    problems = found(**inputs)
    assert [one.path for one in problems] == [path], problems
    assert reason in problems[0].reason


def test_all_problems_come_at_once() -> None:
    problems = found(name="X", namespace="Y", image="", ports=[Port(port=0)], **volume(mount_path="z"))
    assert {one.path for one in problems} == {"name", "namespace", "image", "ports[0].port", "volumes[0].mountPath"}


def test_a_resource_name_that_is_none_for_a_service_says_to_set_one() -> None:
    problems = errors.Problems()
    application_inputs.check("My App", TauApplicationArgs(), Settings(), problems)
    assert [(one.path, one.reason.endswith("set `name`")) for one in problems] == [("name", True)]


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"image": "registry:5000/a/b@sha256:" + "0" * 64},
        {"database": Database(namespace="apps"), "namespace": "apps"},
        {"image": "a:1", "replicas": 2, **volume(access_modes=["ReadWriteMany"])},
        {"image": "a:1", "security_context": SecurityContext(restricted=False, run_as_user=0)},
        {"ports": [Port(port=53), Port(port=53, protocol="UDP", name="dns-udp")]},
        {"ports": fields.Deferred(handle=None), "volumes": fields.Deferred(handle=None)},
        ingress(hosts=fields.Deferred(handle=None)),
        ingress(host="a.example") | {"ingresses": {"b": Ingress(host="a.example", path="/b")}},
        ingress(host="a.example") | {"ingresses": {"b": Ingress(host="a.example", visibility="private")}},
        ingress(subdomain=fields.Deferred(handle=None), domain="d.example")
        | {"ingresses": {"b": Ingress(subdomain=fields.Deferred(handle=None), domain="d.example")}},
        ingress(host="*.example.com"),
    ],
)
def test_good_inputs_have_no_problems(inputs: dict[str, Any]) -> None:
    assert found(**inputs) == []


@pytest.mark.parametrize(
    "share",
    [
        NfsShare(server="192.0.2.10", path="/"),
        NfsShare(server="fd00::10", path="/a"),
        NfsShare(server="[fd00::10]", path="/"),
    ],
)
def test_every_share_that_a_server_may_export_is_accepted(share: NfsShare) -> None:
    problems = errors.Problems()
    args = TauApplicationArgs(image="a:1", volumes=[Volume(mount_path="/media", nfs=share)])
    application_inputs.check("shop", args, Settings(), problems)
    assert not list(problems)
