"""Writes images into an OCI image layout: the folder of blobs and the index that the bed's registry serves."""

import collections.abc
import dataclasses
import hashlib
import json
import os
import pathlib
import typing

from bed import paths

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
# Layers stay uncompressed: they never leave this machine, and compressing costs more time than it saves.
_LAYER = "application/vnd.oci.image.layer.v1.tar"
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


def root() -> pathlib.Path:
    """The folder of the layout."""
    return paths.cache() / "registry"


def add_layer(tar: pathlib.Path) -> Descriptor:
    """Move a tar file into the layout."""
    with tar.open("rb") as file:
        digest = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
    size = tar.stat().st_size
    _path(digest).parent.mkdir(parents=True, exist_ok=True)
    tar.rename(_path(digest))
    return Descriptor(_LAYER, digest, size)


def add_image(layers: list[Descriptor], settings: dict[str, typing.Any]) -> Descriptor:
    """Make an image of layers; `settings` is the `config` of the OCI image configuration."""
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": settings,
        "rootfs": {"type": "layers", "diff_ids": [layer.digest for layer in layers]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": dataclasses.asdict(_add_json(config, _CONFIG)),
        "layers": [dataclasses.asdict(layer) for layer in layers],
    }
    return _add_json(manifest, _MANIFEST)


def has(digest: str) -> bool:
    """Whether the layout holds this blob."""
    return _path(digest).exists()


def publish(images: collections.abc.Mapping[str, Descriptor]) -> None:
    """Make exactly these images, by name, the layout's content."""
    entries = [
        {**dataclasses.asdict(image), "annotations": {_REFERENCE_NAME: name}}
        for name, image in images.items()
    ]
    _write("oci-layout", json.dumps({"imageLayoutVersion": "1.0.0"}))
    _write("index.json", json.dumps({"schemaVersion": 2, "manifests": entries}, indent=2))


def prune(kept: collections.abc.Set[str]) -> None:
    """Remove the blobs that nothing needs any more."""
    for blob in (root() / "blobs" / "sha256").iterdir():
        if f"sha256:{blob.name}" not in kept:
            blob.unlink()


def _add_json(content: dict[str, typing.Any], media_type: str) -> Descriptor:
    text = json.dumps(content)
    digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    _path(digest).parent.mkdir(parents=True, exist_ok=True)
    _write(str(_path(digest).relative_to(root())), text)
    return Descriptor(media_type, digest, len(text.encode()))


def _path(digest: str) -> pathlib.Path:
    return root() / "blobs" / "sha256" / digest.removeprefix("sha256:")


def _write(name: str, text: str) -> None:
    file = root() / name
    if file.exists() and file.read_text() == text:
        return
    fresh = file.with_name(f".{file.name}")
    fresh.write_text(text)
    os.replace(fresh, file)
