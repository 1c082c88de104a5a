"""Walk by hand: `TAU_WALK_SEED=1 TAU_WALK_STEPS=1000 python -m tests.walk` tells each step as it is done."""

import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "provider"))

from tests.walk import walk


def main() -> int:
    """Walk, and repeat at the end what went wrong."""
    seed, count = (
        int(os.environ.get(name, given)) for name, given in (("TAU_WALK_SEED", "1"), ("TAU_WALK_STEPS", "100"))
    )
    with tempfile.TemporaryDirectory() as folder:
        courses = walk.walks(pathlib.Path(folder), seed, count, lambda line: print(line, flush=True))
    wrong = [one for one in courses if one.wrong]
    print(f"{len(courses)} walks, {sum(len(one.log) for one in courses)} steps, {len(wrong)} walks went wrong")
    print("\n\n".join(map(str, wrong)))
    return 1 if wrong else 0


sys.exit(main())
