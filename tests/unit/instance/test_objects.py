"""`tau.instance.objects`: the objects that one Instance consists of."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tau import fields
from tau.backup import bootstrap
from tau.instance import inputs as instance_inputs
from tau.instance import objects as instance
from tau.settings import Settings
from tau.types.postgres import InstanceArgs, NetworkPolicy, ResourceRequirements, Storage
from tau.values import quantity
from tests.unit import archives, arguments
from tests.unit.evaluation import evaluated


def spec(settings: Settings | None = None, **inputs: Any) -> Any:
    """Spec of the Cluster for some inputs."""
    return instance.objects("main", InstanceArgs(**inputs), settings or Settings()).cluster["spec"]


def test_without_inputs_it_is_a_small_single_server() -> None:
    found = spec()
    assert found["instances"] == 1
    assert found["enablePDB"] is False
    assert found["smartShutdownTimeout"] == 10
    assert found["imageName"] == "ghcr.io/cloudnative-pg/postgresql:15-standard-trixie"
    assert found["storage"] == {"size": "10Gi", "storageClass": "longhorn"}
    assert found["resources"] == {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}}
    assert found["postgresql"]["parameters"]["shared_buffers"] == "128MB"
    assert "walStorage" not in found


def test_every_object_carries_name_namespace_and_labels() -> None:
    wanted = instance.objects("main", InstanceArgs(namespace="apps", labels={"team": "a"}), Settings())
    names = {
        "cluster": "postgres-main",
        "network_policy": "postgres-main",
        "bootstrap_secret": "postgres-main-bootstrap",
    }
    for attribute, name in names.items():
        metadata = getattr(wanted, attribute)["metadata"]
        assert (metadata["name"], metadata["namespace"]) == (name, "apps")
        assert metadata["labels"]["app.kubernetes.io/managed-by"] == "tau"
        assert metadata["labels"]["app.kubernetes.io/instance"] == "postgres-main"
        assert metadata["labels"]["team"] == "a"


def test_labels_and_annotations_reach_what_the_operator_makes() -> None:
    inherited = spec(labels={"team": "a"}, annotations={"b": "c"})["inheritedMetadata"]
    assert inherited["labels"]["team"] == "a"
    assert inherited["annotations"] == {"b": "c"}


def test_settings_fill_in_what_inputs_leave_out() -> None:
    settings = Settings(postgres_version="17", postgres_storage_class="fast", postgres_default_storage_size="20Gi")
    found = spec(settings, wal_storage=Storage())
    assert found["imageName"].endswith(":17-standard-trixie")
    assert found["storage"] == found["walStorage"] == {"size": "20Gi", "storageClass": "fast"}


def test_inputs_win_over_settings() -> None:
    settings = Settings(postgres_version="17", postgres_storage_class="fast", postgres_default_storage_size="20Gi")
    found = spec(settings, version="16.4", storage=Storage(size="5Gi", storage_class="slow"))
    assert found["imageName"].endswith(":16.4-standard-trixie")
    assert found["storage"] == {"size": "5Gi", "storageClass": "slow"}


def test_an_image_is_taken_as_it_is() -> None:
    assert spec(image="registry.example/postgres:17.2")["imageName"] == "registry.example/postgres:17.2"


def test_replicas_bring_the_disruption_budget_back() -> None:
    assert spec(instances=2)["enablePDB"] is True


def test_only_tls_connections_into_the_own_database_are_admitted() -> None:
    assert spec()["postgresql"]["pg_hba"] == ["hostssl samerole all all scram-sha-256", "host all all all reject"]


class TestSuperuserAccess:
    """`superuserAccess` decides who may log in as `postgres`."""

    def test_without_it_postgres_has_no_password_and_no_way_in(self) -> None:
        wanted = instance.objects("main", InstanceArgs(), Settings())
        assert wanted.bootstrap_secret is not None
        assert wanted.bootstrap_secret["stringData"] == {"username": "postgres", "password": ""}
        assert wanted.cluster["spec"]["enableSuperuserAccess"] is False
        assert wanted.cluster["spec"]["bootstrap"]["initdb"]["secret"] == {"name": "postgres-main-bootstrap"}

    def test_with_it_the_operators_secret_is_the_only_writer_of_the_password(self) -> None:
        wanted = instance.objects("main", InstanceArgs(superuser_access=True), Settings())
        assert wanted.bootstrap_secret is None
        assert wanted.cluster["spec"]["enableSuperuserAccess"] is True
        assert wanted.cluster["spec"]["bootstrap"]["initdb"]["secret"] == {"name": "postgres-main-superuser"}
        assert wanted.cluster["spec"]["postgresql"]["pg_hba"][0] == "hostssl all postgres all scram-sha-256"


class TestNetworkPolicy:
    """`networkPolicy` decides who may connect at all."""

    def test_it_can_be_switched_off(self) -> None:
        args = InstanceArgs(network_policy=NetworkPolicy(enabled=False))
        assert instance.objects("main", args, Settings()).network_policy is None

    def test_it_knows_the_operators_namespace(self) -> None:
        args = InstanceArgs(network_policy=NetworkPolicy(operator_namespace="operators"))
        policy = instance.objects("main", args, Settings()).network_policy
        assert policy is not None
        [namespace] = policy["spec"]["ingress"][-1]["from"]
        assert namespace["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "operators"}


class TestClusterSpec:
    """`clusterSpec` is merged over everything tau writes."""

    def test_it_wins_deeply_and_leaves_the_rest(self) -> None:
        found = spec(cluster_spec={"storage": {"size": "7Gi"}, "logLevel": "debug"})
        assert found["storage"] == {"size": "7Gi", "storageClass": "longhorn"}
        assert found["logLevel"] == "debug"

    def test_null_removes_what_tau_writes(self) -> None:
        found = spec(cluster_spec={"inheritedMetadata": None, "postgresql": {"pg_hba": None}})
        assert "inheritedMetadata" not in found
        assert found["postgresql"].keys() == {"parameters"}

    @pytest.mark.parametrize("later", [False, True])
    def test_a_catalog_takes_the_place_of_the_image(self, later: bool) -> None:
        catalog = {"apiGroup": "postgresql.cnpg.io", "kind": "ClusterImageCatalog", "name": "minimal", "major": 18}
        given: Any = {"imageCatalogRef": catalog}
        args = InstanceArgs(cluster_spec=fields.Deferred(handle=given) if later else given)
        wanted = instance.completed(
            instance.objects("main", args, Settings()), args, Settings(), None, None if not later else "a:18@sha256:0"
        )
        found = evaluated(wanted.cluster["spec"])
        assert found["imageCatalogRef"] == catalog
        assert "imageName" not in found
        assert str(evaluated(wanted.image)).endswith(":18-standard-trixie")

    @pytest.mark.parametrize("plugins", [None, [], [{"name": "other.example"}]])
    def test_the_archive_stays(self, plugins: Any) -> None:
        archive = bootstrap.Archive(server_name="main-1", recovery={"serverName": ""}, store="main", source="")
        args = InstanceArgs(cluster_spec={"plugins": plugins})
        found: Any = instance.spec("main", "a:15", args, Settings(), archive)
        assert found["plugins"] == [*(plugins or []), *bootstrap.archiver(archive)]

    def test_an_entry_of_the_same_plugin_takes_the_place_of_the_archive(self) -> None:
        archive = bootstrap.Archive(server_name="main-1", recovery={"serverName": ""}, store="main", source="")
        own = [{**bootstrap.archiver(archive)[0], "isWALArchiver": False}]
        found: Any = instance.spec("main", "a:15", InstanceArgs(cluster_spec={"plugins": own}), Settings(), archive)
        assert found["plugins"] == own

    def test_it_merges_the_same_where_a_part_below_is_not_known_yet(self) -> None:
        more = {"resources": {"requests": {"cpu": "1"}}}
        known = spec(resources=ResourceRequirements(limits={"memory": "1Gi"}), cluster_spec=more)
        hidden = ResourceRequirements(limits={"memory": fields.Deferred(handle="1Gi")})  # type: ignore[dict-item]
        assert evaluated(spec(resources=hidden, cluster_spec=more)) == known
        assert known["resources"]["requests"] == {"cpu": "1", "memory": "256Mi"}


@given(args=arguments.INSTANCES, chosen=st.data())
def test_values_that_are_known_later_give_the_same_objects(args: InstanceArgs, chosen: st.DataObject) -> None:
    plain = instance.objects("main", args, Settings())
    later = instance.objects("main", arguments.deferred(args, chosen), Settings())
    for part in ("bootstrap_secret", "cluster", "network_policy"):
        assert evaluated(getattr(later, part)) == getattr(plain, part)


@given(args=arguments.INSTANCES)
def test_buffers_fit_the_request_and_the_request_fits_the_limit(args: InstanceArgs) -> None:
    assume(arguments.accepted(instance_inputs.check, "main", args) and not args.cluster_spec)
    found = evaluated(spec(resources=args.resources))
    request, limit = (quantity.number(found["resources"][part]["memory"]) for part in ("requests", "limits"))
    buffers = quantity.number(found["postgresql"]["parameters"]["shared_buffers"].replace("MB", "Mi"))
    assert buffers is not None
    assert request is not None
    assert limit is not None
    assert 0 < buffers <= request <= limit


@pytest.mark.parametrize("parameter", ["shared_buffers", "max_connections"])
def test_parameters_win_over_those_that_follow_the_memory(parameter: str) -> None:
    assert spec(parameters={parameter: "1"})["postgresql"]["parameters"][parameter] == "1"


def test_a_cluster_that_archives_is_as_if_it_had_been_made_with_its_archive() -> None:
    args, archive = InstanceArgs(parameters={"work_mem": "8MB"}), archives.archive()
    plain = instance.objects("main", args, Settings())
    assert instance.completed(plain, args, Settings(), archive, None) == instance.objects(
        "main", args, Settings(), archive
    )
    assert instance.completed(plain, args, Settings(), None, None) is plain
