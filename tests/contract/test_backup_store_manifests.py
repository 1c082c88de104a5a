"""Every object of a BackupStore, and of a Job of tau, is one that the API server accepts."""

from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from tau import errors
from tau.credentials.certificate import Issued
from tau.kubernetes.kinds import job
from tau.settings import Settings
from tau.store import inputs as store_inputs
from tau.store import objects as store_objects
from tau.types.postgres import BackupStoreArgs, NfsShare, VolumeClaim
from tests.contract import kubernetes_schemas
from tests.unit import arguments

PAIR = Issued(certificate="certificate", key="private")
_KEYS = store_objects.Keys(access_key_id="id", secret_access_key="key", digest_key="random", pair=PAIR)
_SHARES = st.builds(
    NfsShare,
    server=arguments.LABELS,
    path=st.sampled_from(["/volume1/backups", "/"]),
    mount_options=st.none() | st.just(["nfsvers=4.1"]),
)
_PLACES = st.fixed_dictionaries({"nfs": _SHARES}) | st.fixed_dictionaries(
    {"volume_claim": st.builds(VolumeClaim, name=arguments.LABELS)}
)


@hypothesis.settings(max_examples=25, deadline=None, database=None)
@hypothesis.given(
    place=_PLACES,
    name=arguments.LABELS,
    namespace=arguments.LABELS,
    flags=st.lists(st.sampled_from(["--disableotmp", "--disable-copy-file-range"]), unique=True),
    resources=st.none() | arguments.RESOURCES,
)
def test_objects_of_a_store(place: dict[str, Any], name: str, namespace: str, flags: list[str], resources: Any) -> None:
    args = BackupStoreArgs(name=name, namespace=namespace, resources=resources, **place)
    problems = errors.Problems()
    store_inputs.check("main", args, Settings(), problems)
    hypothesis.assume(not problems)
    objects = list(vars(store_objects.objects("main", args, Settings(), keys=_KEYS, flags=flags)).values())
    shared = store_objects.share_objects("main", args, Settings())
    for manifest in objects + (list(vars(shared).values()) if shared else []):
        assert kubernetes_schemas.problems(manifest) == []


@pytest.mark.parametrize("more", [{}, {"claim": "share"}, {"secret": "keys", "arguments": ("a",), "user": 1}])
def test_a_job(more: dict[str, Any]) -> None:
    script = job.Script(image="sidecar:1", source="print(1)", **more)
    made = job.job({"name": "look", "namespace": "apps"}, script)
    assert kubernetes_schemas.problems(made) == []
    assert kubernetes_schemas.problems(made | {"spec": made["spec"] | {"backoff": 1}})
