"""Every object of a RestoreCheck is one that the API server accepts, for any inputs that tau accepts."""

import hypothesis
from hypothesis import strategies as st

from tau import errors
from tau.kubernetes.kinds import cluster
from tau.restore_check import inputs as restore_check_inputs
from tau.restore_check import objects as restore_check
from tau.restore_check import policy as restore_check_policy
from tau.types.postgres import RestoreCheckArgs
from tests.contract import kubernetes_schemas
from tests.contract.test_manifests import made, quickly
from tests.unit import arguments

CHECKS = st.builds(
    RestoreCheckArgs,
    instance=arguments.LABELS,
    database=arguments.IDENTIFIERS,
    labels=st.none() | st.just({"team": "a"}),
    name=st.none() | arguments.LABELS,
    namespace=arguments.LABELS,
    network_policy=st.none() | arguments.NETWORK_POLICIES,
    query=st.text(min_size=1),
    schedule=st.sampled_from(["0 5 * * 0", "*/5 * * * mon-fri"]),
    storage=st.none() | arguments.STORAGE,
    timeout_minutes=st.integers(min_value=1, max_value=10_000),
)


@quickly
@hypothesis.given(args=CHECKS)
def test_objects_of_a_restore_check(args: RestoreCheckArgs) -> None:
    problems = errors.Problems()
    restore_check_inputs.check(args, problems)
    hypothesis.assume(not problems)
    wanted = restore_check.objects(args, {"tau/restore_check/script/__main__.py": "pass"})
    for manifest in made(wanted):
        assert kubernetes_schemas.problems(manifest) == []


def test_every_field_of_a_cluster_is_known_to_bring_secrets_into_its_pods_or_not() -> None:
    """A field that is new in CloudNativePG may be another way to read a Secret."""
    known = {
        *("affinity", "bootstrap", "description", "enablePDB", "enableSuperuserAccess", "ephemeralVolumeSource"),
        *("ephemeralVolumesSizeLimit", "externalClusters", "failoverDelay", "imageCatalogRef", "imageName"),
        *("imagePullPolicy", "imagePullSecrets", "inheritedMetadata", "instances", "livenessProbeTimeout", "logLevel"),
        *("managed", "maxSyncReplicas", "minSyncReplicas", "monitoring", "nodeMaintenanceWindow"),
        *("podSecurityContext", "podSelectorRefs", "postgresGID", "postgresUID", "postgresql", "primaryLease"),
        *("primaryUpdateMethod", "primaryUpdateStrategy", "priorityClassName", "probes", "replica"),
        *("replicationSlots", "resources", "schedulerName", "seccompProfile", "securityContext"),
        *("serviceAccountTemplate", "smartShutdownTimeout", "startDelay", "stopDelay", "storage", "superuserSecret"),
        *("switchoverDelay", "tablespaces", "topologySpreadConstraints", "walStorage"),
    }
    fields = set(kubernetes_schemas.spec_of(cluster.KIND.api_version, cluster.KIND.kind))
    assert fields == known | set(restore_check_policy.FORBIDDEN)
