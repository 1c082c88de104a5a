"""Where the bed keeps what it built (the cache) and what is running (the state)."""

import os
import pathlib


def cache() -> pathlib.Path:
    """Programs, packages and images; outlives clusters and checkouts."""
    configured = os.environ.get("TAU_BED_CACHE")
    if configured:
        return pathlib.Path(configured).absolute()
    home = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(home).absolute() / "tau-bed"


def state() -> pathlib.Path:
    """One cluster's data; removed when the bed is taken down."""
    return pathlib.Path(os.environ.get("TAU_BED_STATE") or "/var/lib/tau-bed").absolute()


def bin() -> pathlib.Path:
    """One flat folder of links to every program, to be put on PATH."""
    return state() / "bin"
