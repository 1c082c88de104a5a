"""The walk: `TAU_WALK_STEPS` steps from `TAU_WALK_SEED` on; it needs the programs of `python -m testbed build`."""

import os
import pathlib

import pytest

from tests.walk import stories, walk
from tests.walk.moves import Move

pytestmark = pytest.mark.walk

_SEED = int(os.environ.get("TAU_WALK_SEED", "1"))
_STEPS = int(os.environ.get("TAU_WALK_STEPS", "8"))


@pytest.mark.parametrize("told", stories.STORIES, ids=lambda told: told.__name__)
def test_what_lost_data_once_does_not_again(told: Move, tmp_path: pathlib.Path) -> None:
    course = walk.story(tmp_path / "world", _SEED, told)
    assert not course.wrong, str(course)


def test_whatever_is_done_nothing_that_was_confirmed_is_lost(tmp_path: pathlib.Path) -> None:
    wrong = [one for one in walk.walks(tmp_path, _SEED, _STEPS) if one.wrong]
    assert not wrong, "\n\n".join(map(str, wrong))
