"""`tau.instance.server_image`: which image a server goes on with, and what a container says of its image."""

from typing import Any

import pytest

from tau.instance import server_image

DIGEST = f"sha256:{'1' * 64}"
OTHER = f"sha256:{'2' * 64}"
TAG = "registry.example/postgresql:15.14"


@pytest.mark.parametrize(
    ("image", "image_id"),
    [
        (TAG, f"registry.example/postgresql@{DIGEST}"),
        (TAG, f"docker-pullable://registry.example/postgresql@{DIGEST}"),
        ("registry:5000/postgresql:15", f"registry:5000/postgresql@{DIGEST}"),
        ("postgres:15", f"docker.io/library/postgres@{DIGEST}"),
        ("bitnami/postgresql:15", f"docker.io/bitnami/postgresql@{DIGEST}"),
    ],
)
def test_what_came_from_its_registry_is_pinned(image: str, image_id: str) -> None:
    assert server_image.pinned(image, image_id) == f"{image}@{DIGEST}"


@pytest.mark.parametrize(
    "image_id",
    [
        "",
        DIGEST,
        f"docker.io/library/import-2026-11-27@{DIGEST}",
        f"registry.example/other@{DIGEST}",
        f"{TAG}@sha256:1",
    ],
)
def test_what_was_loaded_into_a_node_by_hand_is_not(image_id: str) -> None:
    assert server_image.pinned(TAG, image_id) is None


def test_a_name_that_only_ends_alike_is_another_repository() -> None:
    assert server_image.pinned("sql:15", f"docker.io/library/postgresql@{DIGEST}") is None


@pytest.mark.parametrize(
    ("known", "kept"),
    [
        ([], None),
        ([None, "registry.example/postgresql:15.13", f"registry.example/postgresql:15.13@{DIGEST}"], None),
        ([f"{TAG}@{DIGEST}", f"{TAG}@{OTHER}"], f"{TAG}@{DIGEST}"),
        ([None, TAG, f"{TAG}@{DIGEST}"], TAG),
    ],
)
def test_the_first_known_image_of_the_same_tag_is_kept(known: list[object], kept: str | None) -> None:
    assert server_image.retained(TAG, known) == kept


def test_a_digest_of_the_program_wins() -> None:
    assert server_image.retained(f"{TAG}@{DIGEST}", [f"{TAG}@{OTHER}"]) == f"{TAG}@{DIGEST}"


def test_a_cluster_tells_what_its_data_was_made_by() -> None:
    living = {"spec": {"imageName": "a:17"}, "status": {"image": "b:17", "pgDataImageInfo": {"image": "a:15"}}}
    assert server_image.of_cluster(living) == ["a:17", "b:17", "a:15"]
    assert server_image.of_cluster({"spec": {}}) == [None, None, None]
    assert server_image.of_cluster(None) == []


def test_another_pod_gets_what_decides_about_the_image() -> None:
    tolerations = [{"operator": "Exists"}]
    spec: dict[str, Any] = {
        "imagePullSecrets": [{"name": "registry"}],
        "imagePullPolicy": "Always",
        "affinity": {"tolerations": tolerations, "nodeSelector": {}, "enablePodAntiAffinity": True},
        "instances": 3,
    }
    assert server_image.pod_spec(spec) == {
        "imagePullSecrets": [{"name": "registry"}],
        "imagePullPolicy": "Always",
        "tolerations": tolerations,
    }
    assert server_image.pod_spec({"affinity": None}) == {}
