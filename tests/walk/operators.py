"""Who works in the FAKE cluster beside the API server: CloudNativePG, the Barman plugin, and Kubernetes' controllers.

Servers and claims hold rows and files by their numbers. What a Cluster or a claim held is gone with it, at once.
"""

import base64
import hashlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.walk.api_objects import Objects
from tests.walk.api_values import Item, Key, not_found, now
from tests.walk.served_kinds import CNPG
from tests.walk.simulated_store import Place, SimulatedStore

HIBERNATION = "cnpg.io/hibernation"
_REVISION = "deployment.kubernetes.io/revision"
_PLUGIN = "barman-cloud.cloudnative-pg.io"


@dataclass
class Server:
    """The data of one Cluster; `awake` says whether clients reach it, `asleep_since` when it fell asleep.

    A restored server has the `system` identifier of the one whose data it goes on with.
    """

    key: Key
    system: str
    rows: set[int] = field(default_factory=set)
    awake: bool = True
    asleep_since: str = ""


@dataclass
class Claim:
    """The files of one claim."""

    key: Key
    files: set[int] = field(default_factory=set)


class Operators:
    """Reacts to every change at once; a server does not fall asleep while it is `restless`."""

    def __init__(self, objects: Objects, store: SimulatedStore) -> None:
        self.servers: dict[str, Server] = {}
        self.claims: dict[str, Claim] = {}
        self.logs: dict[Key, str] = {}
        self.restless = False
        self._systems = random.randrange(7 * 10**18, 8 * 10**18)
        self._system_of: dict[Place, str] = {}
        self._objects, self.store = objects, store
        self._reactions: Mapping[str, Callable[[str, Key, Item], None]] = {
            "backups": self._backup,
            "clusters": self._cluster,
            "databaseroles": self._applied,
            "databases": self._applied,
            "deployments": self._deployment,
            "jobs": self._job,
            "namespaces": self._namespace,
            "persistentvolumeclaims": self._claim,
            "customresourcedefinitions": self._definition,
            "secrets": self._secret,
        }
        objects.reactions.append(self._react)

    def calm_down(self) -> None:
        """Servers fall asleep again where they shall."""
        self.restless = False
        for key, item in self._objects.of("clusters"):
            self._cluster("changed", key, item)

    def _react(self, event: str, key: Key, item: Item) -> None:
        react = self._reactions.get(key.plural)
        if react:
            react(event, key, item)

    def _cluster(self, event: str, key: Key, item: Item) -> None:
        uid = item["metadata"]["uid"]
        if event == "removed":
            self.servers.pop(uid, None)
            return
        if event == "added":
            self.servers[uid] = self._begun(key, item)
            owner = {"apiVersion": CNPG, "kind": "Cluster", "name": key.name, "uid": uid}
            about = {"name": f"{key.name}-ca", "ownerReferences": [owner]}
            ca = {"metadata": about, "data": {"ca.crt": base64.b64encode(b"CA").decode()}}
            self._made(Key("v1", key.namespace, "secrets", f"{key.name}-ca"), ca)
        told = (item["metadata"].get("annotations") or {}).get(HIBERNATION) == "on"
        server = self.servers[uid]
        server.awake = not told or self.restless
        self._primary(key, uid, awake=server.awake)
        server.asleep_since = "" if server.awake else server.asleep_since or now()
        self._objects.set_status(key, self._cluster_status(key, item, server, told=told))

    def _primary(self, key: Key, uid: str, *, awake: bool) -> None:
        """The Pod of a server that does not hibernate."""
        pod = Key("v1", key.namespace, "pods", f"{key.name}-1")
        owner = {"apiVersion": CNPG, "kind": "Cluster", "name": key.name, "uid": uid}
        about = {"labels": {"cnpg.io/cluster": key.name}, "ownerReferences": [owner]}
        if awake:
            self._made(pod, {"metadata": about, "spec": {"containers": [{"name": "postgres"}]}})
            ready = [_condition("Ready", True), _condition("ContainersReady", True)]
            self._objects.set_status(pod, {"phase": "Running", "conditions": ready})
        elif self._objects.find(pod):
            self._objects.delete(pod, {})

    def run(self, pod: Key, command: Sequence[str]) -> str | None:
        """What a command prints in the Pod of a primary; None for one that is not known here."""
        with self._objects.lock:
            item = self._objects.find(pod)
            if item is None:
                raise not_found(pod)
            home = Key(CNPG, pod.namespace, "clusters", item["metadata"]["labels"]["cnpg.io/cluster"])
            asked, found = command[-1], self._objects.find(home)
            place = self._place(home, found) if found else None
            if "pg_switch_wal" in asked and place:
                return self.store.switch_wal(place)
            return '{"roles": {}, "owner": null}' if "pg_roles" in asked else None

    def _cluster_status(self, key: Key, item: Item, server: Server, *, told: bool) -> Mapping[str, Any]:
        spec = item["spec"]
        conditions = [_condition("Ready", True)]
        if told:
            asleep = _condition(HIBERNATION, not server.awake, "waiting for Pods to be deleted")
            conditions.append({**asleep, "lastTransitionTime": server.asleep_since or now()})
        place = self._place(key, item)
        if place:
            admitted = self.store.admits(place, item["metadata"]["uid"], server.system)
            conditions.append(_condition("ContinuousArchiving", admitted, "Expected empty archive"))
        return {
            "phase": "Cluster in healthy state",
            "readyInstances": spec.get("instances", 1),
            "instances": spec.get("instances", 1),
            "image": spec.get("imageName"),
            "systemID": server.system,
            "currentPrimary": f"{key.name}-1",
            "targetPrimary": f"{key.name}-1",
            "pgDataImageInfo": {"majorVersion": int(_major(item))},
            "conditions": conditions,
        }

    def _begun(self, key: Key, item: Item) -> Server:
        """A server that is empty, or goes on with a base backup."""
        spec = item["spec"]
        recovery = (spec.get("bootstrap") or {}).get("recovery")
        if not recovery:
            self._systems += 1
            return Server(key, str(self._systems))
        source = next(one for one in spec["externalClusters"] if one["name"] == recovery["source"])
        place = self._used(key.namespace, source["plugin"], source["name"])
        assert place
        rows = self.store.newest(place, (recovery.get("recoveryTarget") or {}).get("backupID", ""))
        return Server(key, self._system_of.get(place, ""), rows)

    def _place(self, key: Key, item: Item) -> Place | None:
        """Where a Cluster archives to; None for one that does not."""
        for plugin in item["spec"].get("plugins") or []:
            if plugin["name"] == _PLUGIN and plugin.get("enabled", True):
                return self._used(key.namespace, plugin, key.name)
        return None

    def _used(self, namespace: str, plugin: Mapping[str, Any], name: str) -> Place | None:
        given = plugin.get("parameters") or {}
        key = Key("barmancloud.cnpg.io/v1", namespace, "objectstores", given.get("barmanObjectName", ""))
        found = self._objects.find(key)
        if found is None:
            return None
        configuration = found["spec"]["configuration"]
        bucket, _, prefix = configuration["destinationPath"].removeprefix("s3://").partition("/")
        return Place(configuration["endpointURL"], bucket, prefix.strip("/"), given.get("serverName") or name)

    def _backup(self, event: str, key: Key, item: Item) -> None:
        if event != "added":
            return
        try:
            identifier = self._taken(key, item["spec"]["cluster"]["name"])
            status = {"phase": "completed", "backupId": identifier, "startedAt": now(), "stoppedAt": now()}
        except _BackupFailed as failure:
            status = {"phase": "failed", "error": str(failure)}
        self._objects.set_status(key, status)

    def _taken(self, key: Key, cluster: str) -> str:
        home = Key(CNPG, key.namespace, "clusters", cluster)
        item = self._objects.find(home)
        if item is None:
            raise _BackupFailed(f"no Cluster {cluster}")
        uid = item["metadata"]["uid"]
        server, place = self.servers[uid], self._place(home, item)
        if not server.awake:
            raise _BackupFailed("the server hibernates")
        if place is None:
            raise _BackupFailed("the ObjectStore is not there")
        if self.store.away:
            raise _BackupFailed("the store does not answer")
        if not self.store.admits(place, uid, server.system):
            raise _BackupFailed("Expected empty archive")
        self._system_of[place] = server.system
        return self.store.take(place, server.rows, _major(item), server.system)

    def _applied(self, event: str, key: Key, item: Item) -> None:
        if event == "removed":
            return
        status = {"applied": True, "observedGeneration": item["metadata"]["generation"]}
        name = (item["spec"].get("passwordSecret") or {}).get("name", "")
        secret = self._objects.find(Key("v1", key.namespace, "secrets", name))
        if secret:
            status["secretResourceVersion"] = secret["metadata"]["resourceVersion"]
        self._objects.set_status(key, status)

    def _secret(self, event: str, key: Key, item: Item) -> None:
        for role, found in self._objects.of("databaseroles", key.namespace):
            self._applied(event, role, found)

    def _deployment(self, event: str, key: Key, item: Item) -> None:
        if event == "removed":
            return
        count = item["spec"].get("replicas", 1)
        counted = dict.fromkeys(("replicas", "updatedReplicas", "availableReplicas", "readyReplicas"), count)
        available = {**_condition("Available", True), "reason": "MinimumReplicasAvailable"}
        progressing = {**_condition("Progressing", True), "reason": "NewReplicaSetAvailable"}
        item["metadata"].setdefault("annotations", {})[_REVISION] = "1"
        generation = item["metadata"]["generation"]
        self._replica_set(key, item, counted)
        status = {"observedGeneration": generation, **counted, "conditions": [available, progressing]}
        self._objects.set_status(key, status)

    def _replica_set(self, key: Key, item: Item, counted: Mapping[str, Any]) -> None:
        """By which Pulumi tells that a Deployment is ready."""
        made = Key("apps/v1", key.namespace, "replicasets", f"{key.name}-1")
        uid = item["metadata"]["uid"]
        owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": key.name, "uid": uid, "controller": True}
        about = {"annotations": {_REVISION: "1"}, "ownerReferences": [owner]}
        self._made(made, {"metadata": about, "spec": {"replicas": counted["replicas"]}})
        self._objects.set_status(made, {**counted, "observedGeneration": 1})

    def _job(self, event: str, key: Key, item: Item) -> None:
        """Jobs end at once; their Pods are what is left of them."""
        if event != "added":
            return
        about, container = item["metadata"], item["spec"]["template"]["spec"]["containers"][0]
        command = [one.replace("$$", "$") for one in container["command"]]
        pod = Key("v1", key.namespace, "pods", f"{key.name}-pod")
        owner = {"apiVersion": "batch/v1", "kind": "Job", "name": key.name, "uid": about["uid"]}
        labels = {**item["spec"]["template"]["metadata"]["labels"], "batch.kubernetes.io/job-name": key.name}
        self._made(pod, {"metadata": {"labels": labels, "ownerReferences": [owner]}, "spec": {"containers": []}})
        ran = {"name": container["name"], "imageID": _image_id(container["image"])}
        self._objects.set_status(pod, {"phase": "Succeeded", "containerStatuses": [ran]})
        self.logs[pod] = "" if command[0] == "postgres" else self.store.run(command, {})
        self._objects.set_status(key, {"conditions": [_condition("Complete", True)], "succeeded": 1})

    def _claim(self, event: str, key: Key, item: Item) -> None:
        uid = item["metadata"]["uid"]
        if event == "removed" or "deletionTimestamp" in item["metadata"]:
            self.claims.pop(uid, None)
            return
        self.claims.setdefault(uid, Claim(key))
        asked = item["spec"]["resources"]["requests"]["storage"]
        self._objects.set_status(key, {"phase": "Bound", "capacity": {"storage": asked}})

    def _namespace(self, event: str, key: Key, item: Item) -> None:
        if event != "removed":
            self._objects.set_status(key, {"phase": "Active"})

    def _definition(self, event: str, key: Key, item: Item) -> None:
        if event != "removed":
            conditions = [_condition("Established", True), _condition("NamesAccepted", True)]
            self._objects.set_status(key, {"conditions": conditions, "acceptedNames": {}})

    def _made(self, key: Key, body: Item) -> None:
        if self._objects.find(key) is None:
            actor, self._objects.actor = self._objects.actor, "operator"
            self._objects.create(key, body, "operator")
            self._objects.actor = actor


class _BackupFailed(Exception):
    """Why there is no base backup."""


def _condition(name: str, true: bool, why_not: str = "") -> dict[str, Any]:
    return {"type": name, "status": "True" if true else "False", "message": "" if true else why_not}


def _image_id(image: str) -> str:
    """What a node says that runs an image of a registry."""
    return f"{image.partition('@')[0].rpartition(':')[0]}@sha256:{hashlib.sha256(image.encode()).hexdigest()}"


def _major(item: Item) -> str:
    """Of an image such as `registry/postgresql:15-minimal`."""
    tag = str(item["spec"].get("imageName", ":15")).partition("@")[0].rpartition(":")[2]
    return "".join(one for one in tag.partition("-")[0].partition(".")[0] if one.isdigit()) or "15"
