"""`tau.store.objects`: the gateway's objects, the store that it stands for, and what is wrong with inputs."""

import dataclasses
from typing import Any

import pytest

from tau import errors, fields
from tau.credentials.certificate import Issued
from tau.kubernetes.kinds import job, network_policy
from tau.settings import Settings
from tau.store import inputs as store_inputs
from tau.store import objects as store_objects
from tau.types.postgres import BackupStoreArgs, NfsShare, ResourceRequirements, Store, VolumeClaim
from tests.unit.evaluation import evaluated

NAS = NfsShare(server="nas.local", path="/volume1/backups")
ON_NAS = BackupStoreArgs(nfs=NAS)
S3 = Store(endpoint="https://s3.example.com", bucket="home", access_key_id="id", secret_access_key="key")
PAIR = Issued(certificate="certificate", key="private")
KEYS = store_objects.Keys(access_key_id="id", secret_access_key="key", digest_key="random", pair=PAIR)
SETTINGS = Settings()


def objects(args: BackupStoreArgs, keys: store_objects.Keys = KEYS, flags: Any = ()) -> store_objects.GatewayObjects:
    """The gateway of a store with the resource name `backups`."""
    return store_objects.objects("backups", args, SETTINGS, keys=keys, flags=list(flags))


def pod(args: BackupStoreArgs, **more: Any) -> Any:
    """Pod spec of the gateway."""
    return objects(args, **more).deployment["spec"]["template"]["spec"]


def share_objects(args: BackupStoreArgs, settings: Settings = SETTINGS) -> store_objects.ShareObjects:
    """Volume and claim of the store."""
    found = store_objects.share_objects("backups", args, settings)
    assert found
    return found


def test_the_gateway_serves_nothing_but_its_folder_of_the_share() -> None:
    (container,) = pod(dataclasses.replace(ON_NAS, folder="home/pg"))["containers"]
    assert container["volumeMounts"] == [
        {"name": "share", "mountPath": "/store", "subPath": "home/pg"},
        {"name": "certificate", "mountPath": "/certificates", "readOnly": True},
    ]
    assert container["args"][-3:] == ["--sidecar", "/store/.meta", "/store/buckets"]


def test_flags_of_the_share_reach_the_posix_backend() -> None:
    (container,) = pod(ON_NAS, flags=["--disableotmp"])["containers"]
    given = container["args"]
    assert given.index("posix") < given.index("--disableotmp") < given.index("--sidecar")


def test_its_pod_is_restricted_and_runs_as_who_may_write() -> None:
    spec = pod(dataclasses.replace(ON_NAS, run_as_user=1024, run_as_group=100))
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert (spec["securityContext"]["runAsUser"], spec["securityContext"]["runAsGroup"]) == (1024, 100)
    assert spec["containers"][0]["securityContext"] == job.CONTAINER_SECURITY


def test_keys_are_in_a_secret_only_and_changed_ones_make_another_pod() -> None:
    hidden = store_objects.Keys(
        access_key_id="id", secret_access_key="must-stay-hidden", digest_key="random", pair=PAIR
    )
    before, after = objects(ON_NAS), objects(ON_NAS, keys=hidden)
    assert before.deployment != after.deployment
    assert "must-stay-hidden" not in str(after.deployment)
    assert after.keys["stringData"] == {"ACCESS_KEY_ID": "id", "ACCESS_SECRET_KEY": "must-stay-hidden"}


@pytest.mark.parametrize(
    ("given", "admitted"), [(None, ["default"]), (["media", "apps"], ["apps", "default", "media"])]
)
def test_clusters_and_jobs_of_tau_are_admitted_from_the_named_namespaces_and_nobody_else(
    given: list[str] | None, admitted: list[str]
) -> None:
    policy = objects(dataclasses.replace(ON_NAS, client_namespaces=given)).network_policy
    ((rule,), kinds) = policy["spec"]["ingress"], policy["spec"]["policyTypes"]
    assert rule["ports"] == [{"protocol": "TCP", "port": 7070}]
    named = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": admitted}
    assert [one["namespaceSelector"] for one in rule["from"]] == [{"matchExpressions": [named]}] * 2
    clusters, jobs = (one["podSelector"] for one in rule["from"])
    assert clusters["matchExpressions"] == [{"key": "cnpg.io/cluster", "operator": "Exists"}]
    assert jobs["matchLabels"] == job.STORE_CLIENT
    assert kinds == ["Ingress", "Egress"]
    assert "egress" not in policy["spec"]
    assert network_policy.admitted_to_gateway(policy) == admitted


def test_the_users_labels_do_not_hide_the_gateway_from_its_service() -> None:
    wanted = objects(dataclasses.replace(ON_NAS, labels={"app.kubernetes.io/name": "mine", "team": "home"}))
    labels = wanted.deployment["spec"]["template"]["metadata"]["labels"]
    assert labels.items() >= wanted.service["spec"]["selector"].items()
    assert labels["team"] == "home"


def test_the_volume_is_kept_and_bound_to_its_own_claim() -> None:
    found = share_objects(dataclasses.replace(ON_NAS, nfs=dataclasses.replace(NAS, mount_options=["nfsvers=4.1"])))
    volume, claim = found.volume, found.claim
    assert volume["spec"]["persistentVolumeReclaimPolicy"] == "Retain"
    assert volume["spec"]["nfs"] == {"server": "nas.local", "path": "/volume1/backups"}
    assert volume["spec"]["mountOptions"] == ["nfsvers=4.1"]
    assert volume["metadata"]["name"].startswith("tau.default.backups.")
    assert "namespace" not in volume["metadata"]
    assert claim["spec"]["volumeName"] == volume["metadata"]["name"]
    assert claim["spec"]["storageClassName"] == volume["spec"]["storageClassName"] == ""
    assert volume["spec"]["claimRef"]["name"] == claim["metadata"]["name"]


def test_another_share_is_another_volume_and_another_claim() -> None:
    moved = dataclasses.replace(ON_NAS, nfs=dataclasses.replace(NAS, server="nas2.local"))
    before, after = share_objects(ON_NAS), share_objects(moved)
    for kind in ("volume", "claim"):
        assert getattr(before, kind)["metadata"]["name"] != getattr(after, kind)["metadata"]["name"]
    assert store_objects.claim_name("backups", moved, SETTINGS) == after.claim["metadata"]["name"]


def test_a_claim_that_is_there_is_used_as_it_is() -> None:
    args = BackupStoreArgs(volume_claim=VolumeClaim(name="nas"))
    assert store_objects.share_objects("backups", args, SETTINGS) is None
    assert pod(args)["volumes"][0] == {"name": "share", "persistentVolumeClaim": {"claimName": "nas"}}


def test_the_configured_share_is_used_where_nothing_is_given() -> None:
    configured = Settings(postgres_backup_nfs_path="10.0.0.2:/mnt/tank/")
    assert share_objects(BackupStoreArgs(), configured).volume["spec"]["nfs"] == {
        "server": "10.0.0.2",
        "path": "/mnt/tank",
    }
    assert store_objects.nfs(ON_NAS, configured) == NAS
    assert store_objects.nfs(BackupStoreArgs(s3=S3), configured) is None


def test_a_store_is_a_bucket_behind_the_gateway_or_the_one_that_is_given() -> None:
    found = store_objects.store("backups", dataclasses.replace(ON_NAS, namespace="infra"), SETTINGS, KEYS)
    assert found.endpoint == "https://backups.infra.svc:7070"
    assert found.ca_certificate == "certificate"
    assert (found.bucket, found.prefix, found.access_key_id) == ("postgres", None, "id")
    assert found.location == f"nfs://{NAS.server}/{str(NAS.path).strip('/')}/infra/backups"
    claim = BackupStoreArgs(namespace="infra", volume_claim=VolumeClaim(name="nas"), folder="pg")
    assert store_objects.store("backups", claim, SETTINGS, KEYS).location == "claim://infra/nas/pg"
    assert store_objects.store("backups", BackupStoreArgs(s3=S3), SETTINGS, KEYS) is S3


def test_unknown_names_and_keys_are_placed_and_not_looked_at() -> None:
    def later(value: Any) -> fields.Deferred:
        return fields.Deferred(handle=value)

    known = BackupStoreArgs(name="nas", namespace="infra", nfs=NAS)
    unknown = BackupStoreArgs(
        name=later("nas"),
        namespace=later("infra"),
        nfs=NfsShare(server=later("nas.local"), path=later("/volume1/backups")),
    )
    pair = Issued(certificate=later("certificate"), key=later("private"))
    hidden = store_objects.Keys(
        access_key_id=later("id"), secret_access_key=later("key"), digest_key="random", pair=pair
    )
    assert evaluated(vars(objects(unknown, keys=hidden))) == vars(objects(known))
    assert evaluated(vars(share_objects(unknown))) == vars(share_objects(known))
    assert evaluated(store_objects.preflight("x", unknown, SETTINGS)) == store_objects.preflight("x", known, SETTINGS)


def problems(resource: str, args: BackupStoreArgs) -> dict[str, str]:
    """What is wrong, by path."""
    found = errors.Problems()
    store_inputs.check(resource, args, SETTINGS, found)
    return {one.path: one.reason for one in found}


@pytest.mark.parametrize(
    "args",
    [
        ON_NAS,
        BackupStoreArgs(s3=S3, name="nas"),
        BackupStoreArgs(volume_claim=VolumeClaim(name="nas"), folder="a/b", run_as_user=1000, run_as_group=0),
        dataclasses.replace(ON_NAS, resources=ResourceRequirements(requests={"memory": "128Mi"})),
    ],
)
def test_good_inputs_have_no_problems(args: BackupStoreArgs) -> None:
    assert problems("backups", args) == {}


@pytest.mark.parametrize(
    ("given", "path", "expected"),
    [
        ({"nfs": None}, "nfs", "set one of `nfs`, `volumeClaim` and `s3`"),
        ({"s3": S3}, "s3", "is set together with `nfs`"),
        ({"volume_claim": VolumeClaim(name="nas")}, "volumeClaim", "is set together with `nfs`"),
        ({"nfs": None, "volume_claim": VolumeClaim(name="N")}, "volumeClaim.name", "name of a Kubernetes object"),
        ({"nfs": NfsShare(server="nas:2049", path="/b")}, "nfs.server", "not a host name"),
        ({"nfs": NfsShare(server="nas", path="backups")}, "nfs.path", "not an absolute path"),
        ({"nfs": NfsShare(server="nas", path="/b", mount_options=["a,b"])}, "nfs.mountOptions[0]", "single mount"),
        ({"nfs": None, "s3": S3, "folder": "a"}, "folder", "use `s3.prefix`"),
        ({"nfs": None, "s3": S3, "client_namespaces": ["a"]}, "clientNamespaces", "restricts access to a gateway"),
        ({"client_namespaces": ["a", "B"]}, "clientNamespaces[1]", "lower-case"),
        ({"folder": "../b"}, "folder", "not a path below the share"),
        ({"run_as_user": 0}, "runAsUser", "does not run as root"),
        ({"run_as_group": -1}, "runAsGroup", "out of range"),
        ({"name": "a" * 41}, "name", "at most 40"),
        ({"namespace": "A"}, "namespace", "lower-case"),
        ({"image": "a b"}, "image", "not the name of an image"),
        ({"labels": {"a b": "c"}}, 'labels["a b"]', "not a valid key"),
        ({"resources": ResourceRequirements(limits={"memory": "much"})}, "resources.limits.memory", "quantity"),
        ({"resources": ResourceRequirements(limits={"memory": "32Mi"})}, "resources.requests.memory", "set both"),
    ],
)
def test_what_is_wrong_is_told_by_its_path(given: dict[str, Any], path: str, expected: str) -> None:
    found = problems("backups", dataclasses.replace(ON_NAS, **given))
    assert list(found) == [path]
    assert expected in found[path]


def test_a_resource_name_that_is_no_name_asks_for_one() -> None:
    assert "set `name`" in problems("My_Backups", ON_NAS)["name"]
    assert problems("My_Backups", dataclasses.replace(ON_NAS, name="backups")) == {}


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"nfs": NAS, "key_rotation": " "}, "is empty"),
        ({"s3": S3, "key_rotation": "a"}, "those of `s3` are yours"),
    ],
)
def test_a_rotation_of_keys_is_any_text_and_not_for_an_s3_service(inputs: dict[str, Any], reason: str) -> None:
    problems = errors.Problems()
    store_inputs.check("backups", BackupStoreArgs(**inputs), Settings(), problems)
    (problem,) = problems
    assert problem.path == "keyRotation"
    assert reason in problem.reason


def test_keys_are_looked_for_in_the_secret_of_the_gateway() -> None:
    found = store_objects.gateway_key("backups", BackupStoreArgs(key_rotation="a"), "ACCESS_KEY_ID")
    assert found == {"key": "ACCESS_KEY_ID", "namespace": "default", "rotation": "a", "secretName": "backups-keys"}


def test_traffic_is_encrypted_and_only_the_group_of_the_pod_reads_the_key() -> None:
    spec = pod(dataclasses.replace(ON_NAS, run_as_group=100))
    (container,) = spec["containers"]
    given = container["args"]
    assert given[given.index("--cert") + 1] == "/certificates/tls.crt"
    assert given.index("--cert") < given.index("--key") < given.index("posix")
    volume = spec["volumes"][1]
    assert volume["secret"] == {"secretName": "backups-tls", "defaultMode": 0o440}
    assert spec["securityContext"]["fsGroup"] == 100
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {"path": "/health", "port": "https", "scheme": "HTTPS"}
    assert objects(ON_NAS).service["spec"]["ports"] == [{"name": "https", "port": 7070, "targetPort": "https"}]


def test_another_certificate_makes_another_pod_and_its_key_is_in_a_secret_only() -> None:
    renewed = dataclasses.replace(KEYS, pair=Issued(certificate="renewed", key="must-stay-hidden"))
    before, after = objects(ON_NAS), objects(ON_NAS, keys=renewed)
    assert before.deployment != after.deployment
    assert "must-stay-hidden" not in str(after.deployment)
    assert after.certificate["type"] == "kubernetes.io/tls"
    assert after.certificate["stringData"] == {"tls.crt": "renewed", "tls.key": "must-stay-hidden"}


def test_the_certificate_is_for_every_name_of_the_service_and_outlives_a_lost_state() -> None:
    found = store_objects.gateway_certificate("backups", BackupStoreArgs(namespace="infra", key_rotation="a"))
    hosts = ["backups", "backups.infra", "backups.infra.svc", "backups.infra.svc.cluster.local"]
    assert found["dnsNames"] == hosts
    assert (found["namespace"], found["secretName"], found["rotation"]) == ("infra", "backups-tls", "a")
    assert "rotation" not in store_objects.gateway_certificate("backups", BackupStoreArgs())
