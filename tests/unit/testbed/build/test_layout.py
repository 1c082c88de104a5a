"""The OCI image layout that the bed's registry serves."""

import hashlib
import json
import pathlib
import typing

import pytest

from testbed.build import layout


@pytest.fixture(autouse=True)
def _cache(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAU_BED_CACHE", str(tmp_path))


def _blob(digest: str) -> pathlib.Path:
    return layout.root() / "blobs" / "sha256" / digest.removeprefix("sha256:")


def _layer(content: bytes) -> layout.Layer:
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    _blob(digest).parent.mkdir(parents=True, exist_ok=True)
    _blob(digest).write_bytes(content)
    return layout.Layer(layout.Descriptor("application/x-layer", digest, len(content)), "sha256:uncompressed")


def _json(digest: str) -> typing.Any:
    return json.loads(_blob(digest).read_text())


def test_an_image_names_its_layers_and_their_content() -> None:
    layer = _layer(b"layer")
    image = layout.add_image([layer], {"User": "26"})
    manifest = _json(image.digest)
    config = _json(manifest["config"]["digest"])
    assert [entry["digest"] for entry in manifest["layers"]] == [layer.blob.digest]
    assert config["rootfs"]["diff_ids"] == ["sha256:uncompressed"]
    assert config["config"] == {"User": "26"}


def test_every_json_blob_is_what_its_digest_says() -> None:
    image = layout.add_image([], {})
    for digest in image.blobs():
        assert digest == f"sha256:{hashlib.sha256(_blob(digest).read_bytes()).hexdigest()}"


def test_the_index_holds_exactly_the_published_names() -> None:
    image = layout.add_image([], {})
    layout.publish({"example.org/old:1": image})
    layout.publish({"example.org/new:1": image, "example.org/new:2": image})
    index = json.loads((layout.root() / "index.json").read_text())
    names = [entry["annotations"]["org.opencontainers.image.ref.name"] for entry in index["manifests"]]
    assert names == ["example.org/new:1", "example.org/new:2"]


def test_publishing_the_same_again_leaves_the_index_alone() -> None:
    image = layout.add_image([], {})
    layout.publish({"example.org/a:1": image})
    before = (layout.root() / "index.json").stat()
    layout.publish({"example.org/a:1": image})
    assert (layout.root() / "index.json").stat().st_ino == before.st_ino


def test_pruning_keeps_what_is_needed() -> None:
    kept, dropped = layout.add_image([_layer(b"kept")], {}), layout.add_image([_layer(b"dropped")], {"User": "1"})
    layout.prune(kept.blobs())
    assert all(_blob(digest).exists() for digest in kept.blobs())
    assert not layout.has(dropped.digest)
