"""Wrong properties of `tau:app:TauApplication`."""

from collections.abc import Mapping
from typing import Any

from tests.cluster.bad_input import Bad

_HTTP = [{"port": 8080}]
_HOST = {"host": "shop.example"}


def _application(path: str, text: str, **properties: Any) -> Bad:
    return Bad("tau:app:TauApplication", properties, path, text)


def _running(path: str, text: str, **properties: Any) -> Bad:
    return _application(path, text, image="registry.local/shop:1", **properties)


def _mounted(path: str, text: str, *volumes: Mapping[str, Any]) -> Bad:
    return _application(path, text, volumes=[{"mountPath": "/data", **one} for one in volumes])


def _published(path: str, text: str, **ingress: Any) -> Bad:
    return _application(path, text, ports=_HTTP, ingress=ingress)


BY_TAU = {
    "application-name-upper-case": _application("name", "use lower-case letters", name="Shop"),
    "application-namespace-dot": _application("namespace", "use lower-case letters", namespace="my.apps"),
    "label-invalid": _application('labels["team"]', "is not a valid label value", labels={"team": "my team"}),
    "label-of-tau": _application('labels["app"]', "is set by tau", labels={"app": "x"}),
    "database-and-default": _application(
        "databases.default", "sets the same variables as `database`", database={}, databases={"default": {}}
    ),
    "database-in-a-foreign-namespace": _application(
        "database.namespace",
        "'other' is not the application's namespace 'apps'",
        namespace="apps",
        database={"namespace": "other"},
    ),
    "databases-with-the-same-variables": _application(
        "databases.my_db",
        "MY_DB_DATABASE_URL and so on; rename one",
        databases={"my-db": {"name": "a"}, "my_db": {"name": "b"}},
    ),
    "variable-of-the-database": _application(
        "env.DB_HOST", "is a variable of `database` too", database={}, env={"DB_HOST": "x"}
    ),
    "variable-given-twice": _application(
        "env.A", "is a variable of `secretEnv` too", env={"A": "x"}, secretEnv={"A": "y"}
    ),
    "variable-with-a-blank": _application(
        'env["MY KEY"]', "is not the name of an environment variable", env={"MY KEY": "x"}
    ),
    "variable-with-no-source": _application("env.A", "exactly one of", env={"A": {}}),
    "port-zero": _application("ports[0].port", "use 1 to 65535", ports=[{"port": 0}]),
    "port-twice": _application("ports[1].port", "is listed twice", ports=[{"port": 80}, {"port": 80, "name": "b"}]),
    "ingress-without-a-port": _running("ingress", "`ports: [{ port: 8080 }]`", ingress=_HOST),
    "ingress-without-a-domain": _published("ingress.domain", "`tau:domain` for all applications", subdomain="shop"),
    "ingress-host-and-subdomain": _published("ingress.subdomain", "together with `host`", subdomain="a", **_HOST),
    "ingress-host-with-a-path": _published("ingress.host", "is not a host name", host="shop.example/x"),
    "ingress-visibility-unknown": _published(
        "ingress.visibility", "use one of public, private", visibility="hidden", **_HOST
    ),
    "ingress-certificate-without-tls": _published(
        "ingress.tlsSecretName", "`tls: false`", tls=False, tlsSecretName="x", **_HOST
    ),
    "volume-of-nothing": _mounted("volumes[0]", "has no volume type", {}),
    "volume-of-two-kinds": _mounted(
        "volumes[0]", "has `size` and `existingClaim`", {"size": "1Gi", "existingClaim": "c"}
    ),
    "mount-path-twice": _mounted(
        "volumes[1].mountPath",
        "is mounted by volumes[0].mountPath already",
        {"size": "1Gi"},
        {"emptyDir": True, "name": "b"},
    ),
    "mount-path-relative": _mounted(
        "volumes[0].mountPath", "use for example `/data`", {"mountPath": "data", "size": "1Gi"}
    ),
    "claim-size-in-words": _mounted("volumes[0].size", "is not a Kubernetes quantity", {"size": "big"}),
    "nfs-server-as-a-url": _mounted(
        "volumes[0].nfs.server", "not a host name", {"nfs": {"server": "nfs://nas", "path": "/e"}}
    ),
    "replicas-on-one-claim": _running(
        "replicas", "`accessModes: [ReadWriteMany]`", replicas=2, volumes=[{"mountPath": "/data", "size": "1Gi"}]
    ),
    "file-with-a-relative-path": _application('configFiles["a.yml"]', "absolute path", configFiles={"a.yml": "x"}),
    "image-with-a-blank": _application("image", "is not an image", image="my app:1"),
    "command-without-an-image": _application("command", "needs `image`", command=["run"]),
    "probe-path-without-a-slash": _running(
        "probes.readiness.path", "start with `/`", ports=_HTTP, probes={"readiness": {"path": "healthz"}}
    ),
    "root-in-a-restricted-pod": _running(
        "securityContext.runAsUser", "`securityContext: { restricted: false }`", securityContext={"runAsUser": 0}
    ),
    "pod-spec-of-a-whole-pod": _running("podSpec.metadata", "use `labels`", podSpec={"metadata": {}}),
    "update-mode-unknown": _running(
        "verticalPodAutoscaler.updateMode", "use one of Off, Initial", verticalPodAutoscaler={"updateMode": "Always"}
    ),
}
