"""The checker of words: what it reads in each kind of file, and that the list itself is sound."""

import re
import tomllib

import pytest

from tools import words

LISTED = tomllib.loads(words.LIST.read_text())
SMALL = words.Words(
    {
        "word": [{"pattern": "living", "use": "live"}, {"pattern": "(?<!there\\s)is no", "use": "is not a"}],
        "name": [{"name": "one", "use": "the noun"}],
        "exception": [{"path": "docs/a.md", "text": "living room", "reason": "a room"}],
    }
)


def found(path: str, content: str) -> list[tuple[int, str, str]]:
    return [(match.line, match.part, match.words) for match in SMALL.matches(path, content)]


def test_a_word_is_found_at_its_line_without_regard_to_case() -> None:
    assert found("README.md", "# Title\n\nA Living server\nand a living one.\n") == [
        (3, "prose", "Living"),
        (4, "prose", "living"),
    ]


def test_a_phrase_may_cross_a_line() -> None:
    assert found("README.md", "- This is\n  no word; and there\n  is no other.\n") == [(1, "prose", "is no")]


@pytest.mark.parametrize(
    "content",
    [
        "```\nliving\n```\n",
        "The annotation `living` is code.\n",
        "See [there](living.md) and https://example.com/living.\n",
        "A livingness is another word.\n",
    ],
)
def test_code_and_links_are_not_read(content: str) -> None:
    assert found("README.md", content) == []


def test_a_code_span_is_a_gap_that_no_phrase_crosses() -> None:
    assert found("README.md", "`a` is `no` phrase\n") == []


def test_descriptions_of_the_schema_are_read_and_nothing_else_of_it() -> None:
    content = '{\n  "living": 1,\n  "description": "A \\"living\\" one."\n}\n'
    assert found("schema.json", content) == [(3, "prose", "living")]


def test_python_is_read_by_docstrings_messages_and_comments() -> None:
    content = '''"""A living module."""
# a comment that
# is no sentence
KEY = "living"
NAME = f"the living {KEY} of {'living'}"


def living() -> None:
    """Living."""
'''
    assert sorted(found("a.py", content)) == [
        (1, "docstrings", "living"),
        (3, "comments", "is no"),
        (5, "messages", "living"),
        (9, "docstrings", "Living"),
    ]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("one = 1\n", "one"),
        ("_ONE_ = 1\n", "_ONE_"),
        ("a.one\n", "one"),
        ("f(one=1)\n", "one"),
        ("def f(*, one): ...\n", "one"),
        ("def one(): ...\n", "one"),
        ("class One: ...\n", "One"),
        ("[0 for one in a]\n", "one"),
        ("from a import one\n", "one"),
        ("import a as one\n", "one"),
        ("try: ...\nexcept E as one: ...\n", "one"),
        ("match a:\n    case {**one}: ...\n", "one"),
        ("match a:\n    case [*one]: ...\n", "one"),
    ],
)
def test_a_name_is_found_wherever_python_binds_or_uses_it(content: str, name: str) -> None:
    assert [(part, word) for _, part, word in found("a.py", content)] == [("names", name)]


@pytest.mark.parametrize("content", ["one_line = 1\n", "a['one']\n", "'one'\n", "# one\n", "someone = 1\n"])
def test_a_part_of_a_name_and_a_text_are_not_names(content: str) -> None:
    assert found("a.py", content) == []


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("Pulumi.yaml", "name: living\nkey: value  # a living one\n"),
        ("Pulumi.yaml", "name: living\ndescription: a living one\n"),
        ("index.ts", "const living = 1;\nconst a = living; // a living one\n"),
        ("Makefile", "living:\nrun: setup ## start the living one\n"),
    ],
)
def test_only_comments_of_other_languages_are_read(path: str, content: str) -> None:
    assert found(path, content) == [(2, "comments", "living")]


def test_an_exception_holds_for_its_path_and_its_text() -> None:
    assert found("docs/a.md", "A living room, a living server.\n") == []
    assert found("docs/a.md", "A living server.\n") == [(1, "prose", "living")]
    assert found("docs/b.md", "A living room.\n") == [(1, "prose", "living")]


def test_counts_have_a_total() -> None:
    matches = SMALL.matches("README.md", "living, living\n")
    assert words.counted(matches) == "    2 README.md (prose)\n    2 in all"


def test_every_word_says_what_to_use() -> None:
    assert [word for word in LISTED["word"] if not word["use"] or not re.compile(word["pattern"])] == []


def test_every_name_says_what_to_use_and_is_looked_for_in_lower_case() -> None:
    assert [name for name in LISTED["name"] if not name["use"] or name["name"] != name["name"].lower()] == []


def test_every_exception_has_a_reason_and_is_needed() -> None:
    without = words.Words(LISTED | {"exception": []})
    for exception in LISTED.get("exception", []):
        assert exception["reason"]
        files = [path for path in words.ROOT.glob(exception["path"]) if path.is_file()]
        texts = [" ".join(path.read_text().split()) for path in files]
        assert any(exception["text"] in text for text in texts), exception
        assert any(list(without.matches(str(path), path.read_text())) for path in files), exception


def test_the_scopes_hold_files_in_which_nothing_is_left() -> None:
    listed = words.Words(LISTED)
    for scope in listed.scopes:
        assert set(scope["parts"]) <= set(words.PARTS)
        assert any(list(words.ROOT.glob(glob)) for glob in scope["paths"])
    assert list(map(str, words.scoped(listed))) == []
