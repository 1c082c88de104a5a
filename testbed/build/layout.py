"""Writes images into an OCI image layout, the folder that the bed's registry serves."""

import collections.abc
import dataclasses
import hashlib
import json
import pathlib
import typing

from testbed import commands, paths

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+zstd"
_REFERENCE_NAME = "org.opencontainers.image.ref.name"


@dataclasses.dataclass(frozen=True)
class Descriptor:
    """Points to a blob."""

    mediaType: str
    digest: str
    size: int

    def blobs(self) -> set[str]:
        """The digests of everything that an image consists of."""
        manifest = json.loads(_path(self.digest).read_text())
        return {self.digest, manifest["config"]["digest"], *(layer["digest"] for layer in manifest["layers"])}


@dataclasses.dataclass(frozen=True)
class Layer:
    """A blob that is a compressed tar file, and the digest of that file before compression."""

    blob: Descriptor
    content: str


def root() -> pathlib.Path:
    """The folder of the layout."""
    return paths.cache() / "registry"


def add_layer(tar: pathlib.Path) -> Layer:
    """Put a tar file into the layout."""
    compressed = tar.with_suffix(".zst")
    commands.run("zstd", "--quiet", "-1", tar, "-o", compressed)
    digest = _digest(compressed)
    blob = Descriptor(_LAYER, digest, compressed.stat().st_size)
    _path(digest).parent.mkdir(parents=True, exist_ok=True)
    compressed.rename(_path(digest))
    return Layer(blob, _digest(tar))


def add_image(layers: list[Layer], settings: dict[str, typing.Any]) -> Descriptor:
    """Make an image of layers; `settings` is the `config` of the OCI image configuration."""
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": settings,
        "rootfs": {"type": "layers", "diff_ids": [layer.content for layer in layers]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": dataclasses.asdict(_add_json(config, _CONFIG)),
        "layers": [dataclasses.asdict(layer.blob) for layer in layers],
    }
    return _add_json(manifest, _MANIFEST)


def has(digest: str) -> bool:
    """Whether the layout holds this blob."""
    return _path(digest).exists()


def publish(images: collections.abc.Mapping[str, Descriptor]) -> None:
    """Make exactly these images, by name, the layout's content."""
    entries = [{**dataclasses.asdict(image), "annotations": {_REFERENCE_NAME: name}} for name, image in images.items()]
    _write("oci-layout", json.dumps({"imageLayoutVersion": "1.0.0"}))
    _write("index.json", json.dumps({"schemaVersion": 2, "manifests": entries}, indent=2))


def prune(retained: collections.abc.Set[str]) -> None:
    """Remove the blobs that nothing needs any more."""
    for blob in (root() / "blobs" / "sha256").iterdir():
        if f"sha256:{blob.name}" not in retained:
            blob.unlink()


def _add_json(content: dict[str, typing.Any], media_type: str) -> Descriptor:
    text = json.dumps(content)
    digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    _path(digest).parent.mkdir(parents=True, exist_ok=True)
    _write(str(_path(digest).relative_to(root())), text)
    return Descriptor(media_type, digest, len(text.encode()))


def _digest(file: pathlib.Path) -> str:
    with file.open("rb") as content:
        return f"sha256:{hashlib.file_digest(content, 'sha256').hexdigest()}"


def _path(digest: str) -> pathlib.Path:
    return root() / "blobs" / "sha256" / digest.removeprefix("sha256:")


def _write(name: str, text: str) -> None:
    file = root() / name
    if file.exists() and file.read_text() == text:
        return
    fresh = file.with_name(f".{file.name}")
    fresh.write_text(text)
    fresh.rename(file)
