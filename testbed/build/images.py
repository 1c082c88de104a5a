"""Makes the container images of images.toml and puts them into the layout that the bed's registry serves."""

import dataclasses
import functools
import hashlib
import json
import pathlib
import tarfile
import tomllib
import typing

from testbed import progress
from testbed.build import layout, programs, recipes, records, roots

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclasses.dataclass(frozen=True)
class Image:
    """One image and all its names."""

    names: tuple[str, ...]
    root: str | None = None
    files: dict[str, str] = dataclasses.field(default_factory=dict)
    links: dict[str, str] = dataclasses.field(default_factory=dict)
    path: str | None = None
    user: str = ""
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Changes when anything does that the image is made from; its names are not part of it."""
        sources = [recipes.of(name).key for name in self.files.values()]
        root = _roots()[self.root].key if self.root else None
        content = json.dumps([dataclasses.asdict(dataclasses.replace(self, names=())), sources, root])
        return f"image-{hashlib.sha256(content.encode()).hexdigest()[:16]}"

    def settings(self) -> dict[str, typing.Any]:
        """The `config` of the OCI image configuration."""
        return {
            "Env": [f"PATH={self.path}:{_PATH}" if self.path else f"PATH={_PATH}"],
            "User": self.user,
            "Entrypoint": list(self.entrypoint) or None,
            "Cmd": list(self.command) or None,
        }


@functools.cache
def everything() -> tuple[Image, ...]:
    """All images of images.toml."""
    return tuple(Image(**entry) for entry in _table()["image"])


def ensure_roots() -> None:
    """Make the missing file systems that need no built program."""
    for root in _roots().values():
        if not root.input:
            _root_layer(root)


def ensure() -> None:
    """Make the missing images; each can be pulled as soon as it is made."""
    for image in everything():
        if _made(image) is None:
            records.write(image.key, dataclasses.asdict(_build(image)))
            _publish()
    _publish()
    _prune()


def _build(image: Image) -> layout.Descriptor:
    layers = [_root_layer(_roots()[image.root])] if image.root else []
    with progress.step(f"made image {image.names[0]}"), programs.temporary() as work:
        if image.files or image.links:
            layers.append(layout.add_layer(_files(image, work)))
        return layout.add_image(layers, image.settings())


def _root_layer(root: roots.Root) -> layout.Layer:
    layer = _made_root(root)
    if layer is None:
        with programs.temporary() as work:
            layer = layout.add_layer(root.build(work))
        records.write(root.key, dataclasses.asdict(layer))
    return layer


def _files(image: Image, work: pathlib.Path) -> pathlib.Path:
    target = work / "files.tar"
    with tarfile.open(target, "w") as tar:
        if not image.root:
            _add(tar, "tmp", type=tarfile.DIRTYPE, mode=0o1777)
        for path, name in image.files.items():
            program = programs.binary(name)
            with program.open("rb") as content:
                entry = tarfile.TarInfo(path.lstrip("/"))
                entry.mode, entry.size = 0o755, program.stat().st_size
                tar.addfile(entry, content)
        for path, goal in image.links.items():
            _add(tar, path.lstrip("/"), type=tarfile.SYMTYPE, linkname=goal)
    return target


def _add(tar: tarfile.TarFile, path: str, **attributes: typing.Any) -> None:
    entry = tarfile.TarInfo(path)
    for name, value in attributes.items():
        setattr(entry, name, value)
    tar.addfile(entry)


@functools.cache
def _table() -> dict[str, typing.Any]:
    return tomllib.loads(pathlib.Path(__file__).with_name("images.toml").read_text())


@functools.cache
def _roots() -> dict[str, roots.Root]:
    return {name: roots.Root(name=name, **entry) for name, entry in _table()["root"].items()}


def _made(image: Image) -> layout.Descriptor | None:
    record = records.read(image.key)
    return layout.Descriptor(**record) if record and layout.has(record["digest"]) else None


def _made_root(root: roots.Root) -> layout.Layer | None:
    record = records.read(root.key)
    if record is None:
        return None
    layer = layout.Layer(layout.Descriptor(**record["blob"]), record["content"])
    return layer if layout.has(layer.blob.digest) else None


def _publish() -> None:
    made = [(image, _made(image)) for image in everything()]
    layout.publish({name: descriptor for image, descriptor in made if descriptor for name in image.names})


def _prune() -> None:
    images = [record.blobs() for record in map(_made, everything()) if record]
    bases = {layer.blob.digest for layer in map(_made_root, _roots().values()) if layer}
    layout.prune(bases.union(*images))
