"""A FAKE of a Kubernetes cluster with CloudNativePG: an API server at several addresses, and who works behind it."""

import contextlib
import datetime
import io
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from unittest import mock

from tau.cleanup.script import cleaner
from tau.resource.script import kubernetes as api
from tests.walk import http_api
from tests.walk.api_objects import Objects
from tests.walk.api_values import Item, Key, Refused
from tests.walk.operators import HIBERNATION, Operators
from tests.walk.served_kinds import CNPG
from tests.walk.simulated_store import SimulatedStore

HOSTS = ("127.0.0.1", "localhost", "127.0.0.2")
"""Every cluster is reached by each of these names, at a port of its own."""
NAMESPACES = ("default", "kube-system", "data", "web")
_CRD = "apiextensions.k8s.io/v1"
_DEFINITIONS = ("objectstores.barmancloud.cnpg.io", "clusters.postgresql.cnpg.io")
HAND, CLEANER = "hand", "cleaner"


class FakeCluster:
    """One physical cluster; the uid of its namespace `kube-system` tells it from others.

    `before_change` is called before every change that a client makes, and may end that client.
    """

    def __init__(self, name: str, store: SimulatedStore) -> None:
        self.name = name
        self.objects = Objects()
        self.operators = Operators(self.objects, store)
        self.before_change: Callable[[], None] = lambda: None
        self.port = 0
        for namespace in NAMESPACES:
            self._put(Key("v1", "", "namespaces", namespace), {})
        self._put(Key("storage.k8s.io/v1", "", "storageclasses", "longhorn"), {"allowVolumeExpansion": True})
        for definition in _DEFINITIONS:
            self._put(Key(_CRD, "", "customresourcedefinitions", definition), {"spec": {}})

    def address(self, host: str) -> str:
        """The URL under which a kubeconfig has it."""
        return f"http://{host}:{self.port}"

    @contextlib.contextmanager
    def serving(self) -> Iterator["FakeCluster"]:
        """Listens on a port of its own, at all of its addresses."""
        server = http_api.server(self)
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()

    @contextlib.contextmanager
    def acting(self, actor: str) -> Iterator[Objects]:
        """Everything that is done meanwhile is done by this actor."""
        former, self.objects.actor = self.objects.actor, actor
        try:
            yield self.objects
        finally:
            self.objects.actor = former

    def annotate(self, key: Key, annotations: Mapping[str, str | None]) -> None:
        """What `kubectl annotate --overwrite` does."""
        with self.acting(HAND) as objects, objects.lock:
            objects.patch(key, {"metadata": {"annotations": dict(annotations)}}, "kubectl-annotate")

    def wake(self, key: Key) -> None:
        """What tau's errors say about a server that hibernates."""
        self.annotate(key, {HIBERNATION: None})

    def let_cleaners_look(self) -> None:
        """Long after; each cleaner looks once."""
        later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=30)
        silently = contextlib.redirect_stdout(io.StringIO())
        with self.acting(CLEANER) as objects, mock.patch.object(cleaner, "_SECONDS_BETWEEN", 0.0), silently:
            for key, item in objects.of("cronjobs"):
                if key.name.endswith("-cleaner"):
                    cleaner.main(_request_of(item), _CleanersView(objects, key.namespace), later)

    def _put(self, key: Key, body: dict[str, Any]) -> None:
        self.objects.create(key, body, "setup")


class _CleanersView:
    """What the cleaner's own client offers."""

    def __init__(self, objects: Objects, namespace: str) -> None:
        self._objects, self._namespace = objects, namespace

    def get(self, kind: tuple[str, str], name: str) -> Mapping[str, Any] | None:
        """One object, or None."""
        with self._objects.lock:
            key = self._key(kind, name)
            return self._objects.shown(key) if self._objects.find(key) else None

    def delete_unchanged(self, kind: tuple[str, str], living: Mapping[str, Any]) -> None:
        """Delete an object as it was seen."""
        about = living["metadata"]
        seen = {"uid": about["uid"], "resourceVersion": about["resourceVersion"]}
        self._delete(kind, about["name"], {"preconditions": seen})

    def delete(self, kind: tuple[str, str], name: str, uid: str) -> None:
        """Delete an object if it is still the one of this uid."""
        self._delete(kind, name, {"preconditions": {"uid": uid}})

    def _delete(self, kind: tuple[str, str], name: str, options: Mapping[str, Any]) -> None:
        with self._objects.lock:
            try:
                self._objects.delete(self._key(kind, name), options)
            except Refused as refused:
                raise api.Refused(refused.code, str(refused)) from None

    def _key(self, kind: tuple[str, str], name: str) -> Key:
        path, plural = kind
        return Key(path.partition("/")[2], self._namespace, plural, name)


def cluster_key(namespace: str, name: str) -> Key:
    """Of a CloudNativePG Cluster."""
    return Key(CNPG, namespace, "clusters", name)


def _request_of(item: Item) -> Mapping[str, Any]:
    """What the script of a CronJob was told, its last argument."""
    pod = item["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    found: Mapping[str, Any] = json.loads(pod["containers"][0]["command"][-1].replace("$$", "$"))
    return found
