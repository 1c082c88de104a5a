"""A bed of the tests' own, apart from the one a developer may be using."""

import collections.abc
import pathlib
import uuid

import pytest

from testbed.drive import bed as driver


@pytest.fixture(scope="session")
def bed(worker_id: str) -> collections.abc.Iterator[driver.Bed]:
    """A running bed, taken down at the end."""
    started = driver.Bed(pathlib.Path(f"/var/lib/tau-bed-test-{worker_id}"))
    started.command("down")
    started.command("up")
    yield started
    started.command("down")


@pytest.fixture
def namespace(bed: driver.Bed) -> collections.abc.Iterator[driver.Namespace]:
    """A namespace that is removed after the test."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    bed.kubectl("create", "namespace", name)
    yield driver.Namespace(bed, name)
    bed.kubectl("delete", "namespace", name, "--wait=false")
