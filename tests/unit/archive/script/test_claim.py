"""`tau.archive.script.claim`: no two Kubernetes clusters write to one generation."""

import json
from typing import Any

import pytest

from tau.archive.script import claim as archive_claim
from tests.unit.archive.script.bucket import Bucket

OURS = {"cluster": "uid-1", "namespace": "apps", "instance": "main"}
THEIRS = {**OURS, "cluster": "uid-2"}


def claim(bucket: Bucket, owner: Any = OURS, above: tuple[str, ...] = ()) -> str:
    request = {"instance": "main", "majorVersion": "15", "above": list(above), "owner": owner}
    return str(archive_claim.claim(bucket.store(prefix="home"), request)["claimed"])


def written(bucket: Bucket) -> dict[str, Any]:
    return {key: json.loads(content) for key, (content, _) in bucket.files.items() if key.endswith("tau.json")}


def test_the_first_one_of_an_empty_store_is_written_down() -> None:
    bucket = Bucket()
    assert claim(bucket) == "main-15-1"
    assert written(bucket) == {"home/main-15-1/tau.json": OURS}


def test_one_that_holds_nothing_yet_is_taken_again_by_its_owner_alone() -> None:
    bucket = Bucket()
    assert [claim(bucket), claim(bucket), claim(bucket, THEIRS), claim(bucket)] == [
        "main-15-1",
        "main-15-1",
        "main-15-2",
        "main-15-3",
    ]
    bucket.put("home/main-15-3/wals/0000000100000000/000000010000000000000001")
    assert claim(bucket) == "main-15-4"


@pytest.mark.parametrize("folder", ["main-15-7/wals/x", "main-15-7/base/20261123T030000/backup.info"])
def test_an_archive_that_nobody_claimed_is_not_taken(folder: str) -> None:
    bucket = Bucket()
    bucket.put(f"home/{folder}")
    for other in ("main-17-9", "main-15-15-8", "other-15-9"):
        bucket.put(f"home/{other}/wals/x")
    assert claim(bucket) == "main-15-8"


def test_numbers_that_are_taken_elsewhere_are_passed_over() -> None:
    assert claim(Bucket(), above=("main-15-4", "main-14-9")) == "main-15-5"


def test_of_two_at_the_same_moment_one_goes_on_to_the_next() -> None:
    bucket = Bucket()
    store = bucket.store(prefix="home")
    write = store.write

    def overwritten(path: str, content: bytes) -> None:
        write(path, content)
        if "15-1/" in path:
            write(path, json.dumps(THEIRS).encode())

    store.write = overwritten  # type: ignore[method-assign]
    request = {"instance": "main", "majorVersion": "15", "above": [], "owner": OURS}
    assert archive_claim.claim(store, request) == {"claimed": "main-15-2"}
    assert written(bucket) == {"home/main-15-1/tau.json": THEIRS, "home/main-15-2/tau.json": OURS}


def test_what_cannot_be_read_is_nobodys_and_not_taken() -> None:
    bucket = Bucket()
    bucket.put("home/main-15-1/tau.json", b"{")
    assert claim(bucket) == "main-15-2"


def test_other_failures_are_told() -> None:
    class Broken(Bucket):
        def get_object(self, **_: Any) -> Any:
            raise OSError("connection reset")

    with pytest.raises(OSError, match="connection reset"):
        claim(Broken())
