"""The FAKE API server's HTTP: paths and verbs to what is done with objects, and watches."""

import http.server
import json
import select
import socket
import socketserver
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import yaml

from tests.walk import exec_api, served_kinds
from tests.walk.api_values import Key, Refused
from tests.walk.served_kinds import KINDS

if TYPE_CHECKING:
    from tests.walk.fake_cluster import FakeCluster

_SECONDS_BETWEEN_LOOKS = 0.05
_LONGEST_WATCH = 120.0


@dataclass(frozen=True)
class Request:
    """What a client asks; `key` has no name where it asks for a list."""

    method: str
    key: Key
    part: str
    query: Mapping[str, str]
    body: Any
    content_type: str
    manager: str

    @property
    def dry(self) -> bool:
        """Whether nothing shall be changed."""
        return "dryRun" in self.query


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """At every address of this machine that its clients use."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed closes no connection."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def server(cluster: "FakeCluster") -> http.server.HTTPServer:
    """A server on a free port of all addresses."""
    return _Server(("0.0.0.0", 0), type("Handler", (_Handler,), {"cluster": cluster}))


class _Handler(http.server.BaseHTTPRequestHandler):
    """One connection of a client."""

    cluster: "FakeCluster"
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_PATCH(self) -> None:
        self._serve("PATCH")

    def do_PUT(self) -> None:
        self._serve("PUT")

    def do_DELETE(self) -> None:
        self._serve("DELETE")

    def _serve(self, method: str) -> None:
        content = self.rfile.read(int(self.headers.get("content-length", 0) or 0))
        path, query = _parts(self.path)
        try:
            try:
                self._answer(method, path, query, content)
            except Refused as refused:
                self._send(refused.code, json.dumps(refused.status).encode())
        except (BrokenPipeError, ConnectionResetError):
            # A client that was killed, or that waits no longer.
            self.close_connection = True

    def _answer(self, method: str, path: str, query: Mapping[str, str], content: bytes) -> None:
        document = served_kinds.document(path)
        if document is not None:
            self._send(200, json.dumps(document).encode())
            return
        if path.startswith("/openapi/v2"):
            self._send(200, served_kinds.OPEN_API, served_kinds.OPEN_API_TYPE)
            return
        key, part = _target(path)
        manager = query.get("fieldManager") or self.headers.get("user-agent", "").partition("/")[0]
        kind = self.headers.get("content-type", "")
        body = yaml.safe_load(content) if content else {}
        asked = Request(method, key, part, query, body, kind, manager)
        if query.get("watch") in ("true", "1"):
            self._watch(asked)
        elif part == "exec":
            command = parse_qs(urlsplit(self.path).query).get("command", [])
            exec_api.serve(self, self.cluster.operators.run(key, command))
        elif part == "log":
            self._send(200, (self.cluster.operators.logs.get(key, "") + "\n").encode(), "text/plain")
        else:
            code, found = _done(self.cluster, asked)
            self._send(code, json.dumps(found).encode())

    def _watch(self, asked: Request) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        self.close_connection = True
        seen = {item["metadata"]["uid"]: item for item in _listed(self.cluster, asked)}
        ends = time.monotonic() + _LONGEST_WATCH
        while time.monotonic() < ends and not _gone(self.connection):
            time.sleep(_SECONDS_BETWEEN_LOOKS)
            found = {item["metadata"]["uid"]: item for item in _listed(self.cluster, asked)}
            for event in _events(seen, found):
                text = json.dumps(event).encode() + b"\n"
                self.wfile.write(f"{len(text):x}\r\n".encode() + text + b"\r\n")
            seen = found
        self.wfile.write(b"0\r\n\r\n")

    def _send(self, code: int, content: bytes, kind: str = "application/json") -> None:
        self.send_response(code)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """The objects keep a journal."""


def _parts(target: str) -> tuple[str, Mapping[str, str]]:
    split = urlsplit(target)
    query = {name: values[0] for name, values in parse_qs(split.query, keep_blank_values=True).items()}
    return split.path.rstrip("/") or "/", query


def _target(path: str) -> tuple[Key, str]:
    """The object or list that a path names, and the part of it, such as `status`."""
    parts = path.strip("/").split("/")
    count = 2 if parts[0] == "api" else 3
    version, rest = "/".join(parts[1:count]), parts[count:]
    namespace = ""
    if len(rest) > 2 and rest[0] == "namespaces" and rest[2] not in ("status", "finalize"):
        namespace, rest = rest[1], rest[2:]
    plural, name, part = (*rest, "", "", "")[:3]
    if plural not in KINDS.get(version, {}):
        raise Refused(404, "NotFound", "the server could not find the requested resource")
    return Key(version, namespace, plural, name), part


def _done(cluster: "FakeCluster", asked: Request) -> tuple[int, Mapping[str, Any]]:
    objects, key = cluster.objects, asked.key
    if asked.method == "GET":
        if not key.name:
            return 200, {
                **{"kind": f"{KINDS[key.api_version][key.plural].name}List", "apiVersion": key.api_version},
                **{"metadata": {"resourceVersion": str(objects.revision)}, "items": _listed(cluster, asked)},
            }
        with objects.lock:
            return 200, objects.shown(key)
    if not asked.dry:
        cluster.before_change()
    with objects.lock:
        return _changed(cluster, asked)


def _changed(cluster: "FakeCluster", asked: Request) -> tuple[int, Mapping[str, Any]]:
    objects, key = cluster.objects, asked.key
    if asked.method == "POST":
        key = Key(key.api_version, key.namespace, key.plural, asked.body["metadata"]["name"])
        return 201, objects.create(key, asked.body, asked.manager, dry=asked.dry)
    if asked.method == "DELETE":
        return 200, objects.delete(key, asked.body, dry=asked.dry)
    if asked.method == "PUT":
        return 200, objects.replace(key, asked.body, asked.manager, dry=asked.dry)
    if "apply-patch" in asked.content_type:
        force = asked.query.get("force") in ("true", "1")
        return 200, objects.apply(key, asked.body, asked.manager, force=force, dry=asked.dry)
    if "json-patch" in asked.content_type:
        return 200, objects.patch_by_steps(key, asked.body, asked.manager, dry=asked.dry)
    return 200, objects.patch(key, asked.body, asked.manager, dry=asked.dry)


def _listed(cluster: "FakeCluster", asked: Request) -> list[dict[str, Any]]:
    key = asked.key
    labels = {tuple(one.split("=", 1)) for one in asked.query.get("labelSelector", "").split(",") if "=" in one}
    # Some clients ask for the same field twice.
    fields = dict(one.split("=", 1) for one in asked.query.get("fieldSelector", "").split(",") if "=" in one)
    name = key.name or fields.get("metadata.name", "")
    with cluster.objects.lock:
        return [
            cluster.objects.shown(known)
            for known, item in cluster.objects.of(key.plural, key.namespace)
            if known.api_version == key.api_version
            and name in ("", known.name)
            and labels <= set((item["metadata"].get("labels") or {}).items())
        ]


def _events(seen: Mapping[str, Any], found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    told: list[Mapping[str, Any]] = [
        {"type": "DELETED", "object": item} for uid, item in seen.items() if uid not in found
    ]
    for uid, item in found.items():
        if uid not in seen:
            told.append({"type": "ADDED", "object": item})
        elif item["metadata"]["resourceVersion"] != seen[uid]["metadata"]["resourceVersion"]:
            told.append({"type": "MODIFIED", "object": item})
    return told


def _gone(connection: socket.socket) -> bool:
    """Whether a client that has nothing more to send has closed its end."""
    readable, _, _ = select.select([connection], [], [], 0)
    try:
        return bool(readable) and not connection.recv(1, socket.MSG_PEEK)
    except OSError:
        return True
