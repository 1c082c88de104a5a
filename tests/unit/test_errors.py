"""`tau.errors`: all problems of one resource together, and property paths as the engine writes them."""

import pytest

from tau import errors


def test_without_problems_nothing_is_raised() -> None:
    problems = errors.Problems()
    problems.raise_if_any()
    assert not problems


def test_all_problems_are_raised_together_in_order() -> None:
    problems = errors.Problems()
    problems.add("b", "is wrong")
    problems.add("a", "is hidden", secret=True)
    with pytest.raises(errors.InvalidInputs) as raised:
        problems.raise_if_any()
    assert raised.value.problems == tuple(problems)
    assert str(raised.value) == "b: is wrong\na: is hidden"
    assert [problem.secret for problem in problems] == [False, True]
    assert len(problems) == 2


def test_every_error_is_one_that_is_shown_without_a_stack_trace() -> None:
    for error in (errors.InvalidInputs, errors.ClusterError, errors.Unreachable):
        assert issubclass(error, errors.TauError)
    assert issubclass(errors.Unreachable, errors.ClusterError)


@pytest.mark.parametrize(
    ("path", "name", "joined"),
    [
        ("", "name", "name"),
        ("storage", "size", "storage.size"),
        ("a[0]", "b_c", "a[0].b_c"),
        ("resources.limits", "example.com/gpu", 'resources.limits["example.com/gpu"]'),
        ("", "two words", '["two words"]'),
        ("labels", 'a"b', 'labels["a\\"b"]'),
        ("labels", "", 'labels[""]'),
    ],
)
def test_names_join_with_dots_and_anything_else_is_quoted(path: str, name: str, joined: str) -> None:
    assert errors.below(path, name) == joined


def test_keys_that_users_make_up_are_always_quoted() -> None:
    assert errors.key("labels", "team") == 'labels["team"]'


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("a", ("a",)),
        ("a.b[0].c", ("a", "b", "0", "c")),
        ('a["b.c/d"].e', ("a", "b.c/d", "e")),
        ('["x y"]["a\\"b"]', ("x y", 'a"b')),
        ('a[""]', ("a", "")),
        ("", ()),
    ],
)
def test_a_path_has_the_steps_that_the_engine_reads(path: str, parts: tuple[str, ...]) -> None:
    assert errors.parts(path) == parts


def test_a_problem_at_in_or_around_a_secret_is_secret() -> None:
    problems = errors.Problems()
    problems.conceal(['a.b["c"]', "list[1]"])
    told = ("a", "a.b", "a.b.c", 'a.b["c"].d[0]', "a.bc", "a.c", "list", "list[1].x", "list[0]", "list[11]")
    for path in told:
        problems.add(path, "is wrong")
    assert [one.path for one in problems if one.secret] == ["a", "a.b", "a.b.c", 'a.b["c"].d[0]', "list", "list[1].x"]
