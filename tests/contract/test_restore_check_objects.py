"""Every object of a RestoreCheck is one that the API server accepts, for any inputs that tau accepts."""

import hypothesis
from hypothesis import strategies as st

from tau import errors
from tau.desired import restore_check, restore_check_inputs
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
    wanted = restore_check.objects(args, {"tau/scripts/restore_check/__main__.py": "pass"})
    for manifest in made(wanted):
        assert kubernetes_schemas.problems(manifest) == []
