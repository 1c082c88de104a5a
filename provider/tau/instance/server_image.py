"""A server's image by its digest: what a tag means today may be something else on the next node, or tomorrow.

https://kubernetes.io/docs/concepts/containers/images/#image-names
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

# containerd and CRI-O write `registry/name@sha256:...`, cri-dockerd puts `docker-pullable://` before it. An image that
# was loaded into a node by hand has another name, or none, and no registry has its digest.
_IMAGE_ID = re.compile(r"(?:[a-z-]+://)?(?P<repository>[^@]+)@(?P<digest>sha256:[0-9a-f]{64})")
_TAG = re.compile(r":[^:/]+$")
_PLACEMENT = ("imagePullSecrets", "imagePullPolicy")
_OF_NODES = ("nodeSelector", "tolerations")


def by_tag(image: str) -> str:
    """An image without its digest."""
    return image.partition("@")[0]


def is_pinned(image: str) -> bool:
    """Whether an image has a digest, so that it is the same everywhere and always."""
    return "@" in image


def retained(wanted: str, known: Iterable[object]) -> str | None:
    """The image that a server continues with: the first known one of the wanted tag; None where there is none."""
    if is_pinned(wanted):
        return wanted
    return next((image for image in known if isinstance(image, str) and by_tag(image) == wanted), None)


def of_cluster(live_cluster: Mapping[str, Any] | None) -> list[object]:
    """The images that a Cluster has, has run, and whose major version its data is of."""
    if live_cluster is None:
        return []
    status = live_cluster.get("status") or {}
    return [
        live_cluster["spec"].get("imageName"),
        status.get("image"),
        (status.get("pgDataImageInfo") or {}).get("image"),
    ]


def pinned(image: str, image_id: str) -> str | None:
    """An image with the digest that a container of it has; None if that is not a digest of a registry."""
    match = _IMAGE_ID.fullmatch(image_id)
    if not match:
        return None
    repository = _TAG.sub("", image)
    # A short name such as `postgres` is `docker.io/library/postgres` in full.
    if not f"/{match['repository']}".endswith(f"/{repository}"):
        return None
    return f"{image}@{match['digest']}"


def pod_spec(spec: Mapping[str, Any]) -> dict[str, Any]:
    """What a Pod of another kind needs of a Cluster's spec to get the same image on the same nodes."""
    affinity = spec.get("affinity") or {}
    fields = {name: spec.get(name) for name in _PLACEMENT} | {name: affinity.get(name) for name in _OF_NODES}
    return {name: value for name, value in fields.items() if value}
