"""The image registry of the bed, which containerd asks for every image, regardless of its public name."""

from testbed import paths
from testbed.node import nodes, process


def daemon() -> process.Daemon:
    """Serves the images that were built into the cache."""
    return process.Daemon(
        name="image-registry",
        command=(
            "image-registry",
            f"-address={nodes.FIRST.address}:{nodes.REGISTRY_PORT}",
            f"-layout={paths.cache() / 'registry'}",
        ),
    )


def ensure() -> None:
    """Start it if it is not running."""
    daemon().ensure()
