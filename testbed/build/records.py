"""Remembers in the cache what was made for which key, so that it is made only once."""

import json
import pathlib
import typing

from testbed import paths


def read(key: str) -> typing.Any:
    """What was remembered, or None."""
    try:
        return json.loads(_file(key).read_text())
    except FileNotFoundError:
        return None


def write(key: str, made: typing.Any) -> None:
    """Remember it from now on."""
    file = _file(key)
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}")
    fresh.write_text(json.dumps(made))
    fresh.rename(file)


def _file(key: str) -> pathlib.Path:
    return paths.cache() / "images" / f"{key}.json"
