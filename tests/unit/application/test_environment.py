"""`tau.application.environment`: the order of variables."""

from typing import Any

import pytest

from tau.application import environment
from tau.types.app import TauApplicationArgs


@pytest.mark.parametrize(
    ("env", "order"),
    [
        ({"PARTS": "$(DB_USER)", "DSN": "x://$(PARTS)", "URL": "y://$(PARTS)"}, ["PARTS", "DSN", "URL"]),
        ({"A": "$(B)", "B": "$(C)", "C": "$(D)", "D": "d"}, ["D", "C", "B", "A"]),
        ({"A": "$(Z)-$(B)", "B": "$(Y)", "Y": "y", "Z": "z"}, ["Y", "Z", "B", "A"]),
        ({"A": "$$(B)", "B": "$(C)", "C": "c"}, ["C", "A", "B"]),
        ({"B": "b", "A": "a", "C": "$(unknown)"}, ["A", "B", "C"]),
    ],
)
def test_a_variable_comes_after_those_that_it_names(env: dict[str, Any], order: list[str]) -> None:
    assert [one["name"] for one in environment.environment(TauApplicationArgs(env=env), [], "s")] == order  # type: ignore[union-attr]
