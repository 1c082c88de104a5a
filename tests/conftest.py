"""Few, quick examples for every property, the same in every run; `pytest --hypothesis-profile=hunt` looks for more."""

import hypothesis
import pytest

# Their assertions are told as those of tests are.
pytest.register_assert_rewrite("testbed.drive")

hypothesis.settings.register_profile(
    "unit",
    max_examples=25,
    # A run answers for the change at hand; an example that nobody has met yet is a hunt's to find.
    derandomize=True,
    deadline=None,
    print_blob=True,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile(
    "hunt", hypothesis.settings.get_profile("unit"), derandomize=False, max_examples=2000
)
hypothesis.settings.load_profile("unit")
