"""Another address for the API server of the bed: a port of this machine that leads to it."""

import contextlib
import pathlib
import selectors
import socket
import socketserver
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import yaml


@contextlib.contextmanager
def another_address(kubeconfig: pathlib.Path, folder: pathlib.Path) -> Iterator[pathlib.Path]:
    """A kubeconfig for the same cluster, whose server has another name and another port."""
    given: Any = yaml.safe_load(kubeconfig.read_text())
    (cluster,) = [one["cluster"] for one in given["clusters"]]
    where = urlsplit(cluster["server"])
    with _Forwarder((str(where.hostname), int(where.port or 443))) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        # Its certificate does not know the new name.
        cluster.pop("certificate-authority-data", None)
        cluster.pop("certificate-authority", None)
        cluster |= {"server": f"https://localhost:{server.server_address[1]}", "insecure-skip-tls-verify": True}
        written = folder / "another-address"
        written.write_text(yaml.safe_dump(given))
        try:
            yield written
        finally:
            server.shutdown()


class _Forwarder(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        super().__init__(("127.0.0.1", 0), _Connection)


class _Connection(socketserver.BaseRequestHandler):
    server: _Forwarder

    def handle(self) -> None:
        with socket.create_connection(self.server.target) as other, selectors.DefaultSelector() as both:
            for one, opposite in ((self.request, other), (other, self.request)):
                both.register(one, selectors.EVENT_READ, opposite)
            while True:
                for key, _ in both.select():
                    source: Any = key.fileobj
                    data = source.recv(65536)
                    if not data:
                        return
                    key.data.sendall(data)
