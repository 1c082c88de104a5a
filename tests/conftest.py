"""Few, quick examples for every property; a failing one is shown with how to replay it."""

import hypothesis

hypothesis.settings.register_profile(
    "unit",
    max_examples=25,
    deadline=None,
    print_blob=True,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("unit")
