"""Every image that tau chooses by itself is one release, and not whatever a tag means on the day of the pull."""

import re

from tau.instance import objects as instance
from tau.kubernetes.kinds import object_store
from testbed.drive.stack import CHECKOUT

_REFERENCE = re.compile(r"\b[a-z0-9-]+(?:\.[a-z0-9-]+)+/[a-z0-9._/-]+(?::[A-Za-z0-9._-]+)?(?:@sha256:[0-9a-f]{64})?")
_REGISTRIES = ("docker.io/", "ghcr.io/", "quay.io/", "registry.k8s.io/", "gcr.io/")
_RELEASE = re.compile(r".+:v?[0-9]+\.[0-9]+\.[0-9]+(@sha256:[0-9a-f]{64})?")


def _chosen() -> set[str]:
    texts = [path.read_text() for path in (CHECKOUT / "provider/tau").rglob("*.py")]
    found = {one for text in texts for one in _REFERENCE.findall(text)}
    return {one.rstrip(".") for one in found if one.startswith(_REGISTRIES)}


def test_images_have_the_tag_of_one_release() -> None:
    chosen = _chosen()
    assert object_store.SIDECAR_IMAGE in chosen
    # The first is of the version that the program asks for, and gets its digest by the NameGuard. The others are
    # examples.
    others = chosen - {instance.IMAGE, "ghcr.io/owner/app:1.2.3", "docker.io/library/postgres"}
    assert len(others) > 1
    assert [one for one in others if not _RELEASE.fullmatch(one)] == []
