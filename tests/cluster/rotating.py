"""An application and a reader of a mounted Secret whose passwords rotate, and states that have forgotten them."""

import dataclasses
import json
import pathlib
import time
from collections.abc import Callable, Mapping
from typing import Any

from testbed.drive import applications, kubernetes, stack

_CONNECTS = pathlib.Path(__file__).with_name("connects.py").read_text()
_CLUSTER = "postgres-shop"
_WIKI = f"{_CLUSTER}-wiki-connection"
_READER = "reader"
_OVERLAPS = {"shop": "15s", "wiki": "25s"}
NAMES = ("shop", "wiki")
_CREDENTIAL = "tau:postgres:RoleCredential"
_RANDOM = "random:index/randomPassword:RandomPassword"


def program(namespace: str, rotation: str | None) -> stack.Program:
    """An application on a server of its own, and a second database there that only a Secret leads to."""

    def rotating(name: str) -> dict[str, str]:
        return {"passwordRotation": rotation, "passwordOverlap": _OVERLAPS[name]} if rotation else {}

    shop = applications.application(
        namespace,
        image=applications.IMAGE,
        command=["python3", "/app/connects.py"],
        configFiles={"/app/connects.py": _CONNECTS},
        ports=[{"port": 80, "targetPort": 8080}],
        probes={"readiness": {"path": "/", "periodSeconds": 1}, "startup": {"periodSeconds": 1}},
        database={**applications.SMALL_DATABASE, **rotating("shop")},
    )
    wiki = {"namespace": namespace, "instance": '${shop.databases["default"].instanceName}', "owner": "keeper"}
    return {
        "resources": {
            "shop": shop,
            "wiki": {"type": "tau:postgres:Database", "properties": wiki | rotating("wiki")},
        },
        "outputs": {"username": "${wiki.username}", "url": "${wiki.connectionString}"},
    }


def reader(namespace: str) -> dict[str, Any]:
    """A Pod that reads the URL from the mounted Secret for each connection."""
    container = {
        "name": "main",
        "image": applications.IMAGE,
        "command": ["python3", "-c", _CONNECTS, "/connection/url"],
        "volumeMounts": [{"name": "connection", "mountPath": "/connection"}],
    }
    volumes = [{"name": "connection", "secret": {"secretName": _WIKI}}]
    spec = {"containers": [container], "volumes": volumes, "terminationGracePeriodSeconds": 0}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": _READER, "namespace": namespace}, "spec": spec}


@dataclasses.dataclass(frozen=True)
class Situation:
    """What was seen in one generation."""

    up: stack.Result
    again: stack.Result
    urls: Mapping[str, str]
    former: Mapping[str, kubernetes.Answer]
    roles: list[str]


def without_credentials(state: dict[str, Any]) -> dict[str, Any]:
    """As if the state had never known a password."""
    resources = state["deployment"]["resources"]
    gone = {one["urn"] for one in resources if one["type"] == _CREDENTIAL}
    kept = [one for one in resources if one["urn"] not in gone]
    for one in kept:
        one["dependencies"] = [urn for urn in one.get("dependencies") or [] if urn not in gone]
        sources = one.get("propertyDependencies") or {}
        one["propertyDependencies"] = {
            name: [urn for urn in urns or [] if urn not in gone] for name, urns in sources.items()
        }
    state["deployment"]["resources"] = kept
    return state


def of_an_earlier_version(state: dict[str, Any]) -> dict[str, Any]:
    """With a RandomPassword for each RoleCredential, and protected, as its Database is where somebody was careful."""
    text = json.dumps(state).replace(f"{_CREDENTIAL}::", f"{_RANDOM}::")
    changed: dict[str, Any] = json.loads(text)
    resources = changed["deployment"]["resources"]
    start = resources[0]["urn"].split("::")
    provider = {
        "urn": f"{start[0]}::{start[1]}::pulumi:providers:random::default_4_21_4",
        "custom": True,
        "id": "0e5cbb59-0000-4000-8000-000000000001",
        "type": "pulumi:providers:random",
        "inputs": {"version": "4.21.4"},
        "outputs": {"version": "4.21.4"},
    }
    for one in resources:
        if one["type"] == _CREDENTIAL:
            plain = {"length": 32, "special": False}
            one |= {"type": _RANDOM, "id": "none", "inputs": plain, "protect": True, "propertyDependencies": {}}
            one["outputs"] = {**plain, "id": "none", "result": one["outputs"]["password"]}
            one["provider"] = f"{provider['urn']}::{provider['id']}"
    resources.insert(1, provider)
    return changed


def make_table(house: "Household", name: str) -> None:
    """A table in each database, made by the login that is current."""
    for database, url in house.urls().items():
        house.client.sql(url, f"CREATE TABLE {database}_{name} AS SELECT 1 AS id")


def make_table_as_login(house: "Household", name: str, url: str) -> str:
    """The owner of a table that was made in a session that does not act as the owner any more."""
    owner = f"SELECT tableowner FROM pg_tables WHERE tablename = '{name}_discarded'"
    return house.client.sql(url, f"SET ROLE NONE; CREATE TABLE {name}_discarded (id int); {owner}").splitlines()[-1]


def alter_tables(house: "Household") -> str:
    """As the login of the third generation: what those before it made. The owners of all tables."""
    owners = ""
    for database, url in house.urls().items():
        for name in ("zeroth", "first", "discarded"):
            house.client.sql(url, f"ALTER TABLE {database}_{name} ADD COLUMN more int; SELECT * FROM {database}_{name}")
        owners += house.client.sql(
            url, "SELECT string_agg(DISTINCT tableowner, ',') FROM pg_tables WHERE schemaname = 'public'"
        )
        owners += "\n"
    return owners


class Household:
    """The stack, its databases, and a Pod beside them."""

    def __init__(self, owned: stack.Stack, cluster: kubernetes.Kubernetes, namespace: str) -> None:
        self.owned, self.cluster, self.namespace = owned, cluster, namespace
        self.client = cluster.start_client(namespace)
        self.server = kubernetes.Server(cluster, namespace, _CLUSTER)

    def start_reader(self) -> None:
        """Start the client of the mounted Secret."""
        self.cluster.apply(reader(self.namespace))
        ready = ("wait", "--for=condition=Ready", f"pod/{_READER}", "--timeout=60s")
        self.cluster.kubectl(*ready, "--namespace", self.namespace)

    def urls(self) -> dict[str, str]:
        """What the two connection Secrets hand on."""
        template = "go-template={{.data.url | base64decode}}"
        return {
            name: self.cluster.kubectl(
                *("get", "secret", f"{_CLUSTER}-{name}-connection", "--namespace", self.namespace, "-o", template)
            )
            for name in NAMES
        }

    def rotate(self, value: str) -> Situation:
        """Change the input, and wait until the old passwords are refused."""
        before = self.urls()
        up = self.owned.up(program(self.namespace, value))
        # The kubelet looks at mounted Secrets once a minute, or when something changes about their Pod.
        self.cluster.kubectl("annotate", "pod", _READER, "--namespace", self.namespace, "--overwrite", f"at={value}")
        urls = self.urls()
        again = self.owned.preview()
        former = {name: self._refused(before[name]) for name in NAMES}
        roles = "SELECT rolname, rolvaliduntil > now() + interval '1 h' FROM pg_roles WHERE rolcanlogin"
        found = self.server.sql(f"{roles} AND rolname ~ 'shop|keeper' ORDER BY 1")
        return Situation(up=up, again=again, urls=urls, former=former, roles=found)

    def tallies(self) -> dict[str, dict[str, Any]]:
        """How many connections each client got and did not get, by client."""
        found = {}
        for name, url in self.urls().items():
            rows = self.client.sql(url, "SELECT json_agg(tally) FROM tally")
            found[name] = {one["pod"]: one for one in json.loads(rows)}
        return found

    def edit_state(self, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Make the stack remember something else."""
        path = self.owned.folder / "state.json"
        self.owned.run("stack", "export", "--show-secrets", "--file", str(path))
        path.write_text(json.dumps(change(json.loads(path.read_text()))))
        self.owned.run("stack", "import", "--file", str(path))
        path.unlink()

    def _refused(self, url: str) -> kubernetes.Answer:
        deadline = time.monotonic() + 60
        while True:
            answer = self.client.try_sql(url, "SELECT 1")
            if answer.code or time.monotonic() > deadline:
                return answer
            time.sleep(1)
