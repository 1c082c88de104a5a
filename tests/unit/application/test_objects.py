"""`tau.application.objects`: the objects that one application consists of."""

import json
from collections.abc import Callable
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from tau import fields
from tau.application import inputs as application_inputs
from tau.application import objects as application
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
from tests.unit import application_arguments, arguments
from tests.unit.evaluation import evaluated

HTTP = [Port(port=8080)]


def objects(settings: Settings | None = None, checksum: str | None = None, **inputs: Any) -> Any:
    """Objects for some inputs."""
    return application_arguments.objects("shop", TauApplicationArgs(**inputs), settings or Settings(), checksum)


def container(**inputs: Any) -> Any:
    """The application's container."""
    return pod(**inputs)["containers"][0]


def pod(**inputs: Any) -> Any:
    """The spec of its Pods."""
    return objects(**{"image": "shop:1", **inputs}).deployment["spec"]["template"]["spec"]


def test_nothing_is_made_that_nobody_asked_for() -> None:
    assert objects().all() == []
    only_a_pod = objects(image="shop:1")
    assert [one["kind"] for one in only_a_pod.all()] == ["Deployment"]
    assert container().keys() == {"name", "image", "resources", "securityContext"}
    assert (only_a_pod.url, only_a_pod.service_name, only_a_pod.secret_names) == ("", "", [])


def test_without_an_image_there_is_everything_but_the_deployment() -> None:
    wanted = objects(
        database=Database(), ports=HTTP, volumes=[Volume(mount_path="/data", size="1Gi")], secret_env={"KEY": "k"}
    )
    assert [one["kind"] for one in wanted.all()] == ["PersistentVolumeClaim", "Secret", "Service"]
    assert {one["name"] for one in wanted.environment} >= {"DATABASE_URL", "DB_PASSWORD", "KEY"}
    assert wanted.mounts.volume_mounts == [{"name": "data", "mountPath": "/data"}]


@pytest.mark.parametrize("name", ["config", "secret", "service", "ingress", "deployment", "share", "media-share"])
@pytest.mark.parametrize("kind", [{"size": "1Gi"}, {"nfs": NfsShare(server="nas", path="/d")}, {"empty_dir": True}])
def test_no_volume_takes_the_place_of_another_object(name: str, kind: dict[str, Any]) -> None:
    others: dict[str, Any] = {
        "config_files": {"/etc/a": "a"},
        "secret_env": {"A": "a"},
        "ports": HTTP,
        "ingress": Ingress(host="a.example"),
    }
    share = Volume(mount_path="/srv/media", name="media", nfs=NfsShare(server="nas", path="/m"))
    alone = objects(image="shop:1", volumes=[share], **others)
    beside = objects(image="shop:1", volumes=[share, Volume(mount_path=f"/{name}", **kind)], **others)
    kinds = {"size": ["PersistentVolumeClaim"], "nfs": ["PersistentVolume", "PersistentVolumeClaim"], "empty_dir": []}
    expected = [one["kind"] for one in alone.all()] + kinds[next(iter(kind))]
    assert sorted(one["kind"] for one in beside.all()) == sorted(expected)
    assert {**beside.stored, **beside.network}.items() >= {**alone.stored, **alone.network}.items()


def test_null_in_the_pod_spec_removes_what_tau_writes() -> None:
    own = {"enableServiceLinks": None, "containers": [{"name": "app", "livenessProbe": None, "lifecycle": None}]}
    without, usual = pod(ports=HTTP, pod_spec=own), pod(ports=HTTP)
    assert usual.keys() - without.keys() == {"enableServiceLinks"}
    (left,) = without["containers"]
    assert usual["containers"][0].keys() - left.keys() == {"livenessProbe", "lifecycle"}


def test_every_object_has_the_labels_of_the_application() -> None:
    wanted = objects(
        image="shop:1",
        name="store",
        labels={"team": "home"},
        ports=HTTP,
        ingress=Ingress(host="a.example"),
        config_files={"/etc/a": "a"},
        secret_env={"A": "a"},
        vertical_pod_autoscaler=VerticalPodAutoscaler(),
        volumes=[Volume(mount_path="/d", nfs=NfsShare(server="nas", path="/d"))],
    )
    assert len(wanted.all()) == 8
    for one in wanted.all():
        labels = one["metadata"]["labels"]
        assert labels["app"] == labels["app.kubernetes.io/name"] == labels["app.kubernetes.io/part-of"] == "store"
        assert labels["team"] == "home"
    template = wanted.deployment["spec"]["template"]["metadata"]["labels"]
    assert wanted.deployment["spec"]["selector"]["matchLabels"].items() <= template.items()
    assert wanted.network["Service", "service"]["spec"]["selector"].items() <= template.items()


def test_several_databases_have_variables_and_names_of_their_own() -> None:
    wanted = objects(databases={"main": Database(), "old-data": Database(instance="archive")})
    secrets = {one["name"]: one["valueFrom"]["secretKeyRef"]["name"] for one in wanted.environment}
    assert secrets["MAIN_DATABASE_URL"] == "postgres-shop-main-shop-main-connection"
    assert secrets["OLD_DATA_DB_PASSWORD"] == "archive-shop-old-data-connection"
    assert "DATABASE_URL" not in secrets


def test_a_database_and_several_others_are_used_together() -> None:
    wanted = objects(database=Database(), databases={"analytics": Database()})
    secrets = {one["name"]: one["valueFrom"]["secretKeyRef"]["name"] for one in wanted.environment}
    assert secrets["DATABASE_URL"] == "postgres-shop-shop-connection"
    assert secrets["ANALYTICS_DATABASE_URL"] == "postgres-shop-analytics-shop-analytics-connection"


def test_variables_come_in_an_order_in_which_they_can_refer_to_each_other() -> None:
    source = EnvironmentSource(config_map_key_ref=KeySelector(name="c", key="k"))
    variables = {"Z": "1", "A": "$(Z)$(DB_HOST)$(KEY)", "M": source}
    found = container(database=Database(), env=variables, secret_env={"KEY": "k"})["env"]
    assert [one["name"] for one in found][-4:] == ["KEY", "M", "Z", "A"]
    assert found[-3] == {"name": "M", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}}


def test_whole_secrets_and_config_maps_become_variables() -> None:
    given = [EnvironmentFrom(secret_ref=NameReference(name="s"), prefix="A_")]
    assert container(env_from=given)["envFrom"] == [{"prefix": "A_", "secretRef": {"name": "s"}}]


def test_no_credential_is_in_the_deployment() -> None:
    wanted = objects(image="shop:1", secret_env={"KEY": "hunter2"}, secret_files={"/etc/key": "hunter2"})
    assert "hunter2" not in json.dumps(wanted.deployment)
    assert "hunter2" in json.dumps(wanted.stored["Secret", "secret"])


def test_files_are_mounted_one_by_one() -> None:
    wanted = objects(image="shop:1", config_files={"/etc/a/x.yml": "1", "/etc/b/x.yml": "2"})
    mounts = wanted.deployment["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
    data = wanted.stored["ConfigMap", "config"]["data"]
    assert {one["mountPath"]: data[one["subPath"]] for one in mounts} == {"/etc/a/x.yml": "1", "/etc/b/x.yml": "2"}


def test_a_share_is_mounted_through_a_claim_of_its_own() -> None:
    share = NfsShare(server="nas.local", path="/media", mount_options=["nfsvers=4.2"])
    wanted = objects(namespace="apps", volumes=[Volume(mount_path="/srv/media", nfs=share, read_only=True)])
    volume, claim = (
        wanted.stored["PersistentVolume", "srv-media-share"],
        wanted.stored["PersistentVolumeClaim", "srv-media"],
    )
    assert claim["spec"]["volumeName"] == volume["metadata"]["name"] == "tau.apps.shop-srv-media"
    assert volume["spec"]["claimRef"]["name"] == claim["metadata"]["name"] == "shop-srv-media"
    assert volume["spec"]["persistentVolumeReclaimPolicy"] == "Retain"
    assert volume["spec"]["mountOptions"] == ["nfsvers=4.2"]
    assert wanted.mounts.volume_mounts == [{"name": "srv-media", "mountPath": "/srv/media", "readOnly": True}]


def test_a_port_gives_service_probes_and_url() -> None:
    wanted = objects(image="shop:1", namespace="apps", ports=[Port(port=80, target_port=8080), Port(port=9000)])
    ports = wanted.network["Service", "service"]["spec"]["ports"]
    assert [(one["name"], one["port"], one["targetPort"]) for one in ports] == [
        ("http", 80, 8080),
        ("port-9000", 9000, 9000),
    ]
    found = wanted.deployment["spec"]["template"]["spec"]["containers"][0]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert found[probe]["tcpSocket"] == {"port": 8080}
    assert (wanted.url, wanted.service_name) == ("http://shop.apps.svc", "shop")


def test_probes_ask_what_they_are_told() -> None:
    probes = Probes(readiness=Probe(path="/healthz"), liveness=Probe(command=["true"]), startup=Probe(enabled=False))
    found = container(ports=HTTP, probes=probes)
    assert found["readinessProbe"]["httpGet"] == {"path": "/healthz", "port": 8080, "scheme": "HTTP"}
    assert found["livenessProbe"]["exec"] == {"command": ["true"]}
    assert "startupProbe" not in found


def test_the_pod_keeps_to_the_restricted_standard_unless_told_otherwise() -> None:
    assert pod()["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    assert container()["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    open_to_all = {"security_context": SecurityContext(restricted=False)}
    assert "securityContext" not in pod(**open_to_all)
    assert "securityContext" not in container(**open_to_all)
    named = pod(security_context=SecurityContext(run_as_user=1000))
    assert (named["securityContext"]["runAsUser"], named["securityContext"]["fsGroup"]) == (1000, 1000)


@pytest.mark.parametrize(
    ("volume", "security", "group"),
    [
        ({"size": "1Gi"}, {}, 65532),
        ({"existing_claim": "restored"}, {}, 65532),
        ({"size": "1Gi"}, {"run_as_user": 1000}, 1000),
        ({"size": "1Gi"}, {"run_as_user": 1000, "run_as_group": 2000}, 2000),
        ({"size": "1Gi"}, {"fs_group": 3000}, 3000),
        ({"size": "1Gi"}, {"restricted": False}, None),
        ({"existing_claim": "media", "read_only": True}, {}, None),
        ({"empty_dir": True}, {}, None),
        ({"nfs": NfsShare(server="nas", path="/d")}, {}, None),
    ],
)
def test_a_user_that_is_not_root_can_write_to_a_claim(
    volume: dict[str, Any], security: dict[str, Any], group: int | None
) -> None:
    given = {"volumes": [Volume(mount_path="/data", **volume)], "security_context": SecurityContext(**security)}
    found = pod(**given).get("securityContext", {})
    assert found.get("fsGroup") == group
    assert found.get("fsGroupChangePolicy") == (None if group is None else "OnRootMismatch")
    own = pod(**given, pod_spec={"securityContext": {"fsGroup": 7}})
    assert own["securityContext"]["fsGroup"] == 7


def test_requests_are_small_and_never_above_a_limit() -> None:
    assert container()["resources"] == {"requests": {"cpu": "10m", "memory": "64Mi"}}
    limited = container(resources=Resources(limits={"memory": "32Mi"}))["resources"]
    assert limited == {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "32Mi"}}


def test_several_ingresses_lead_to_one_service_under_names_of_their_own() -> None:
    issued = {"cert-manager.io/cluster-issuer": "letsencrypt"}
    entries = {
        "www": Ingress(host="www.example", annotations=issued),
        "api": Ingress(host="a.example", path="/api", visibility="private", port=9000),
    }
    ports = [*HTTP, Port(port=9000)]
    wanted = objects(ports=ports, ingress=Ingress(host="a.example"), ingresses=entries)
    assert [one["metadata"]["name"] for one in wanted.network.values()] == ["shop", "shop", "shop-api", "shop-www"]
    assert [suffix for _, suffix in wanted.network] == ["service", "ingress", "ingress-api", "ingress-www"]
    api, www = wanted.network["Ingress", "ingress-api"]["spec"], wanted.network["Ingress", "ingress-www"]["spec"]
    assert api["ingressClassName"] == "internal"
    assert api["rules"][0]["http"]["paths"][0]["backend"]["service"] == {"name": "shop", "port": {"number": 9000}}
    assert www["tls"] == [{"hosts": ["www.example"], "secretName": "shop-www-tls"}]
    assert wanted.url == "https://a.example"
    assert objects(ports=ports, ingresses=entries).url == "https://a.example/api"


@pytest.mark.parametrize(
    ("given", "settings", "hosts", "url"),
    [
        ({"host": "a.example"}, {}, ["a.example"], "https://a.example"),
        ({"hosts": ["b.example", "a.example"], "path": "/x/"}, {}, ["b.example", "a.example"], "https://b.example/x"),
        ({"subdomain": "s", "domain": "d.example", "tls": False}, {}, ["s.d.example"], "http://s.d.example"),
        ({}, {"domain": "home.example"}, ["shop.home.example"], "https://shop.home.example"),
        ({"subdomain": "s"}, {"domain": "home.example"}, ["s.home.example"], "https://s.home.example"),
    ],
)
def test_hosts_come_from_the_ingress_or_the_configuration(
    given: dict[str, Any], settings: dict[str, Any], hosts: list[str], url: str
) -> None:
    wanted = objects(Settings(**settings), ports=HTTP, ingress=Ingress(**given))
    assert [rule["host"] for rule in wanted.network["Ingress", "ingress"]["spec"]["rules"]] == hosts
    assert wanted.url == url


@pytest.mark.parametrize(
    ("given", "settings", "name"),
    [
        ({}, {}, None),
        ({"visibility": "public"}, {}, "external"),
        ({"visibility": "private"}, {}, "internal"),
        ({"visibility": "private"}, {"ingress_class_private": "traefik"}, "traefik"),
        ({"class_name": "nginx"}, {}, "nginx"),
    ],
)
def test_the_class_follows_the_visibility(given: dict[str, Any], settings: dict[str, Any], name: str | None) -> None:
    wanted = objects(Settings(**settings), ports=HTTP, ingress=Ingress(host="a.example", **given))
    assert wanted.network["Ingress", "ingress"]["spec"].get("ingressClassName") == name


@pytest.mark.parametrize(
    ("given", "settings", "secret"),
    [
        ({}, {}, None),
        ({"tls_secret_name": "mine"}, {"ingress_tls_secret": "all"}, "mine"),
        ({}, {"ingress_tls_secret": "all"}, "all"),
        ({"annotations": {"cert-manager.io/cluster-issuer": "letsencrypt"}}, {}, "shop-tls"),
    ],
)
def test_the_certificate_is_named_or_the_controllers_own(
    given: dict[str, Any], settings: dict[str, Any], secret: str | None
) -> None:
    wanted = objects(Settings(**settings), ports=HTTP, ingress=Ingress(host="a.example", **given))
    (entry,) = wanted.network["Ingress", "ingress"]["spec"]["tls"]
    assert (entry["hosts"], entry.get("secretName")) == (["a.example"], secret)


def digest_of(
    credentials: dict[str, str] | None = None, foreign: dict[str, Any] | None = None, **inputs: Any
) -> Callable[[str | None], Any]:
    """The digest of an application's secrets and files, by the key that it is made under."""
    args = TauApplicationArgs(image="shop:1", **inputs)
    return lambda key: application.checksum(args, credentials or {}, foreign or {}, key)


SECRETS = {
    "password": digest_of({"default": "postgresql://1"}, database=Database(password="1")),
    "another password": digest_of({"default": "postgresql://2"}, database=Database(password="2")),
    "secret file": digest_of(secret_files={"/a": "1"}),
    "secret variable": digest_of(secret_env={"A": "1"}),
    "secret of others": digest_of(foreign={"secrets/a": {"k": "v"}}, env_from=[]),
}


def test_the_checksum_changes_with_everything_that_pods_read_when_they_start() -> None:
    assert digest_of()("key") is digest_of()(None) is None
    assert application.checksum(TauApplicationArgs(secret_env={"A": "1"}), {}, {}, None) is None, "no Pods are tau's"
    public = [digest_of(config_files={"/a": "1"}), digest_of(config_files={"/a": "2"})]
    found = [one("key") for one in SECRETS.values()] + [one(None) for one in public]
    assert len(set(found)) == len(found)
    in_order, reversed_ = {"/b": "", "/a": "1"}, {"/a": "1", "/b": ""}
    assert digest_of(config_files=in_order)(None) == digest_of(config_files=reversed_)(None)
    assert objects(image="shop:1", checksum="x").deployment["spec"]["template"]["metadata"]["annotations"] == {
        "checksum/config": "x"
    }


@pytest.mark.parametrize("of", SECRETS.values(), ids=SECRETS.keys())
def test_no_secret_can_be_guessed_from_the_checksum(of: Callable[[str | None], Any]) -> None:
    """Another key gives another digest, so whoever does not know the key cannot tell whether a guess is right."""
    assert of("key") == of("key") != of("another key")
    with pytest.raises(ValueError, match="needs a key"):
        of(None)


@pytest.mark.parametrize(
    ("inputs", "needed"),
    [
        ({}, False),
        ({"config_files": {"/a": "1"}, "env": {"A": "1"}}, False),
        ({"env": {"A": EnvironmentSource(config_map_key_ref=KeySelector(name="a", key="b"))}}, False),
        ({"secret_env": {"A": "1"}}, True),
        ({"secret_files": {"/a": "1"}}, True),
        ({"database": Database()}, True),
        ({"databases": {"a": Database(password="1")}}, True),
        ({"env": {"A": EnvironmentSource(secret_key_ref=KeySelector(name="a", key="b"))}}, True),
        ({"env": fields.Deferred(handle=None)}, True),
        ({"env_from": fields.Deferred(handle=None)}, True),
        ({"secret_env": {"A": "1"}, "image": None}, False),
    ],
)
def test_a_key_is_needed_wherever_a_secret_may_be_digested(inputs: dict[str, Any], needed: bool) -> None:
    assert application.digests_secrets(TauApplicationArgs(**{"image": "shop:1", **inputs})) is needed


@pytest.mark.parametrize(
    ("given", "derived", "made"),
    [
        ({"namespace": "default"}, False, False),
        ({"namespace": "kube-system"}, False, False),
        ({"namespace": "apps"}, False, True),
        ({"namespace": "apps", "create_namespace": False}, False, False),
        ({"namespace": fields.Deferred(handle="default")}, True, True),
        ({"namespace": "default"}, True, True),
    ],
)
def test_the_namespace_is_seen_to_whether_its_name_is_known_or_not(
    given: dict[str, Any], derived: bool, made: bool
) -> None:
    assert application.creates_namespace(TauApplicationArgs(**given), derived=derived) is made


KEEP = ("volumes", "ports", "config_files", "secret_files", "secret_env", "databases", "ingresses", "image")


@hypothesis.given(args=application_arguments.APPLICATIONS, chosen=st.data())
def test_what_is_unknown_makes_the_same_objects_once_it_is_known(
    args: TauApplicationArgs, chosen: st.DataObject
) -> None:
    def check(resource: str, given: TauApplicationArgs, problems: Any) -> None:
        application_inputs.check(resource, given, Settings(), problems)

    hypothesis.assume(arguments.accepted(check, "shop", args))
    known = application_arguments.objects("shop", args, Settings())
    unknown = application_arguments.objects("shop", arguments.deferred(args, chosen, keep=KEEP), Settings())
    assert evaluated(unknown.all()) == evaluated(known.all())
    assert [one["kind"] for one in unknown.all()] == [one["kind"] for one in known.all()]
    assert evaluated([unknown.url, unknown.environment]) == evaluated([known.url, known.environment])
