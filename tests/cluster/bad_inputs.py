"""Wrong properties: for each a resource that has it, and what the error says about it."""

from typing import Any

from testbed import paths
from tests.cluster import bad_application_inputs
from tests.cluster.bad_input import Bad

_MANIFEST = paths.cache() / "manifests" / "cnpg-1.30.0.yaml"


def _instance(path: str, text: str, **properties: Any) -> Bad:
    return Bad("tau:postgres:Instance", properties, path, text)


def _database(path: str, text: str, **properties: Any) -> Bad:
    return Bad("tau:postgres:Database", properties, path, text)


def _operator(path: str, text: str, **properties: Any) -> Bad:
    return Bad("tau:postgres:Operator", properties, path, text)


# One program for all of them, each a resource under the name that it has here.
BY_TAU = bad_application_inputs.BY_TAU | {
    "storage-size-no-quantity": _instance("storage.size", "'ten gigabytes'", storage={"size": "ten gigabytes"}),
    "storage-size-tiny": _instance("storage.size", "at least `256Mi`", storage={"size": "1Mi"}),
    "storage-size-negative": _instance("storage.size", "'-1Gi'", storage={"size": "-1Gi"}),
    "wal-storage-size-zero": _instance("walStorage.size", "too small", walStorage={"size": "0"}),
    "storage-class-unknown": _instance(
        "storage.storageClass", "this cluster has longhorn", storage={"storageClass": "longhron"}
    ),
    "storage-class-no-name": _instance("storage.storageClass", "'Long Horn'", storage={"storageClass": "Long Horn"}),
    "instance-name-upper-case": _instance("name", "'Shop' is not a DNS label", name="Shop"),
    "instance-name-too-long": _instance("name", "at most 50", name="a" * 51),
    "instance-name-digit-first": _instance("name", "starts with a digit", name="1shop"),
    "namespace-upper-case": _instance("namespace", "'Default' is not a DNS label", namespace="Default"),
    "version-unsupported": _instance("version", "'9.6' is not a supported", version="9.6"),
    "version-words": _instance("version", "'latest'", version="latest"),
    "image-without-version": _instance("image", "has no tag", image="registry.local/postgresql"),
    "image-against-version": _instance("version", "is not the version of `image`", image="local/pg:17", version="15"),
    "instances-zero": _instance("instances", "0 is out of range; use 1 to 9", instances=0),
    "instances-fraction": _instance("instances", "1.5 is not a whole number", instances=1.5),
    "memory-unit-misspelt": _instance(
        "resources.limits.memory", "'512MB' is not a Kubernetes quantity", resources={"limits": {"memory": "512MB"}}
    ),
    "memory-too-little": _instance(
        "resources.limits.memory", "too little memory", resources={"limits": {"memory": "16Mi"}}
    ),
    "request-above-limit": _instance(
        "resources.requests.cpu",
        "'2' is more than resources.limits.cpu '1'",
        resources={"requests": {"cpu": "2"}, "limits": {"cpu": "1"}},
    ),
    "parameter-name": _instance('parameters["max connections"]', "not the name", parameters={"max connections": "9"}),
    "label-value": _instance('labels["team"]', "not a valid label value", labels={"team": "no spaces please"}),
    "label-of-cloudnative-pg": _instance('labels["cnpg.io/x"]', "belongs to CloudNativePG", labels={"cnpg.io/x": "1"}),
    "cluster-spec-with-metadata": _instance(
        "clusterSpec.metadata", "use `name`, `labels` and `annotations`", clusterSpec={"metadata": {"name": "x"}}
    ),
    "operator-namespace": _instance(
        "networkPolicy.operatorNamespace", "'No!' is not a DNS label", networkPolicy={"operatorNamespace": "No!"}
    ),
    "database-name-quote": _database("name", "is not usable as a name", name='a"; DROP TABLE x', owner="someone"),
    "database-reserved": _database("name", "creates this database itself", name="template1", owner="someone"),
    "database-name-password-like": _database("name", "is not usable as a name", name="p@ss/w0rd", owner="someone"),
    "owner-reserved": _database("owner", "'postgres' is reserved", owner="postgres"),
    "owner-reserved-prefix": _database("owner", "'pg_monitor' is reserved", owner="pg_monitor"),
    "owner-with-colon": _database("owner", "is not usable as a name", owner="a:b"),
    "password-empty": _database("password", "must not be empty", password=""),
    "password-with-line-break": _database("password", "without line breaks", password="two\nlines"),
    "rotation-empty": _database("passwordRotation", "is empty", passwordRotation=""),
    "rotation-of-own-password": _database(
        "passwordRotation", "remove one of them", passwordRotation="a", password="mine"
    ),
    "rotation-owner-too-long": _database("owner", "55 at most", passwordRotation="a", owner="o" * 56),
    "overlap-words": _database("passwordOverlap", "is not a duration", passwordRotation="a", passwordOverlap="an hour"),
    "overlap-alone": _database("passwordOverlap", "belongs to `passwordRotation`", passwordOverlap="1h"),
    "extension-name": _database("extensions[1]", "not the name of an extension", extensions=["vector", "no such!"]),
    "extension-twice": _database("extensions[1]", "listed twice", extensions=["vector", "vector"]),
    "instance-unknown": _database("instance", "is not an instance in namespace", instance="postgres-nowhere"),
    "size-on-shared-instance": _database(
        "storageSize", "belongs to a dedicated instance", instance="postgres-living", storageSize="1Gi"
    ),
    "operator-too-old": _operator("version", "tau needs 1.30.0 or newer", version="1.25.0"),
    "operator-version-words": _operator("version", "'newest' is not a version", version="newest"),
    "operator-manifest-missing": _operator("manifest", "cannot be read", manifest="no/such/file.yaml"),
    "operator-not-there": _operator(
        "install",
        "set `namespace` to where it is",
        install=False,
        namespace="elsewhere",
        barmanPlugin={"enabled": False},
    ),
    "operator-manifest-of-another-version": _operator(
        "version", "is not the version of the manifest", version="1.31.0", manifest=str(_MANIFEST)
    ),
}

# The language looks at names and types of properties before tau is asked.
BY_LANGUAGE = {
    "property-misspelt": _instance("instanses", "does not exist on 'tau:postgres:Instance'", instanses=2),
    "nested-property-misspelt": _instance("sise", "does not exist on 'tau:postgres:Storage'", storage={"sise": "1Gi"}),
    "storage-as-text": _instance(
        "storage", "Cannot assign type 'string' to type 'tau:postgres:Storage'", storage="10Gi"
    ),
    "superuser-access-text": _instance("superuserAccess", "to type 'boolean'", superuserAccess="please"),
    "extensions-as-text": _database("extensions", "to type 'List<string>'", extensions="vector"),
    "instances-text": _instance("instances", "Cannot assign type 'string' to type 'integer'", instances="many"),
}
