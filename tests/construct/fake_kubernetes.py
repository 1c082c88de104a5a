"""A FAKE of a Kubernetes API server: objects by path over plain HTTP, and failures on request."""

import http.server
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

CNPG = "postgresql.cnpg.io/v1"


class FakeKubernetes:
    """A cluster and its ailments.

    `refusal` is what a webhook has against what is created; requests fail where the server is `away`, end without an
    answer where it shall `hang_up`, and are refused for the plurals in `forbidden`, as `plural/name` for one object,
    as `every plural` for all namespaces at once.
    """

    def __init__(self) -> None:
        self.refusal: str | None = None
        self.away = False
        self.hang_up = False
        self.forbidden: set[str] = set()
        self.requests: list[str] = []
        self._address = ""
        self._objects: dict[tuple[str, str, str, str], Mapping[str, Any]] = {}

    def put(self, api_version: str, plural: str, name: str, namespace: str = "", **body: Any) -> None:
        """Make or change an object."""
        metadata = {"name": name, "namespace": namespace, "uid": f"uid-of-{name}", "generation": 1} | body.pop(
            "metadata", {}
        )
        self._objects[api_version, plural, namespace, name] = {"metadata": metadata, **body}

    def put_cluster(self, name: str, *, namespace: str = "default", spec: Mapping[str, Any], **status: Any) -> None:
        """Make or change a CloudNativePG Cluster of tau's."""
        labels = {"app.kubernetes.io/managed-by": "tau"}
        self.put(CNPG, "clusters", name, namespace, metadata={"labels": labels}, spec=spec, status=status)

    def put_storage_classes(self, *names: str) -> None:
        """Make StorageClasses."""
        for name in names:
            self.put("storage.k8s.io/v1", "storageclasses", name)

    def remove(self, api_version: str, plural: str, name: str, namespace: str = "") -> None:
        """Make an object go."""
        del self._objects[api_version, plural, namespace, name]

    @property
    def kubeconfig(self) -> str:
        """A kubeconfig, as text, with which a client reaches it."""
        return yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "fake",
                "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "fake"}}],
                "clusters": [{"name": "fake", "cluster": {"server": self._address}}],
                "users": [{"name": "fake", "user": {"token": "kubeconfig-token-must-stay-hidden"}}],
            }
        )

    def answer(self, method: str, target: str) -> tuple[int, Mapping[str, Any]]:
        """Status and body."""
        self.requests.append(f"{method} {target}")
        parts, query = urlsplit(target), parse_qs(urlsplit(target).query)
        if self.away:
            return 503, {"message": "the server is currently unable to handle the request"}
        if parts.path.rstrip("/") == "/version":
            return 200, {"major": "1", "minor": "35", "gitVersion": "v1.35.0"}
        if method == "POST":
            return (201, {}) if self.refusal is None else (500, {"message": self.refusal})
        return self._read(*_address(parts.path), query.get("labelSelector", [""])[0])

    def _read(
        self, api_version: str, namespace: str, plural: str, name: str, selector: str
    ) -> tuple[int, Mapping[str, Any]]:
        if f"{plural}/{name}" in self.forbidden:
            return 403, {"message": f'{plural} "{name}" is forbidden: User "me" cannot get resource'}
        if name:
            found = self._objects.get((api_version, plural, namespace, name))
            return (200, found) if found else (404, {"message": f'{plural} "{name}" not found'})
        if plural in self.forbidden or (not namespace and f"every {plural}" in self.forbidden):
            return 403, {"message": f'{plural} is forbidden: User "me" cannot list resource'}
        wanted = set(selector.split(",")) - {""}
        items = [
            item
            for (version, kind, space, _), item in self._objects.items()
            if (version, kind) == (api_version, plural) and namespace in ("", space) and wanted <= _labels(item)
        ]
        return 200, {"items": items}

    @contextmanager
    def serving(self) -> Iterator["FakeKubernetes"]:
        """Listens on a port of its own."""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._address = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()


def _labels(item: Mapping[str, Any]) -> set[str]:
    return {f"{key}={value}" for key, value in item["metadata"].get("labels", {}).items()}


def _address(path: str) -> tuple[str, str, str, str]:
    """API version, namespace, plural and name of a path such as /apis/apps/v1/namespaces/a/deployments/b."""
    parts = path.strip("/").split("/")
    count = 2 if parts[0] == "api" else 3
    api_version, rest = "/".join(parts[1:count]), parts[count:]
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2:
        namespace, rest = rest[1], rest[2:]
    return api_version, namespace, rest[0], rest[1] if len(rest) > 1 else ""


def _handler(cluster: FakeKubernetes) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Headers and body are two packets, and the second would wait 40 ms for the acknowledgement of the first.
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._reply("GET")

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self._reply("POST")

        def _reply(self, method: str) -> None:
            if cluster.hang_up:
                self.close_connection = True
                return
            status, body = cluster.answer(method, self.path)
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:
            """The cluster keeps the requests itself."""

    return Handler
