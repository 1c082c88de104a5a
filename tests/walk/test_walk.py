"""The walk: `TAU_WALK_STEPS` steps from `TAU_WALK_SEED` on; it needs the programs of `python -m bed build`."""

import os
import pathlib

import pytest

from tests.walk import walk

pytestmark = pytest.mark.walk


def test_whatever_is_done_nothing_that_was_confirmed_is_lost(tmp_path: pathlib.Path) -> None:
    seed, count = int(os.environ.get("TAU_WALK_SEED", "1")), int(os.environ.get("TAU_WALK_STEPS", "24"))
    courses = walk.walks(tmp_path, seed, count)
    assert not [one for one in courses if one.wrong], "\n\n".join(str(one) for one in courses if one.wrong)
