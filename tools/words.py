"""Checks the words of texts and names against tools/words.toml: schema, documentation, examples, and Python in detail.

`python -m tools.words` fails on every match in the scopes of the list. With paths it looks there instead, and with
`--count` it prints a table of what is left by file and part.
"""

import argparse
import ast
import collections
import functools
import io
import json
import pathlib
import re
import sys
import tokenize
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIST = ROOT / "tools/words.toml"
PARTS = ("prose", "messages", "docstrings", "comments", "names")

_FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_QUOTED = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_LINKED = re.compile(r"(?<=\])\([^)\s]+\)|https?://\S+")
_INDENTED = re.compile(r"\n[ >]+")
_YAML_COMMENT = re.compile(r"(?:(?:^|\s)#|^description:)\s(.*)$")
_TYPESCRIPT_COMMENT = re.compile(r"(?:^|\s)//\s?(.*)$")
_MAKE_HELP = re.compile(r"(?:^#|##)\s(.*)$")


@dataclass(frozen=True, kw_only=True)
class Text:
    """One piece of text: the part it plays in its file, and the line on which it starts."""

    part: str
    line: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Match:
    """One unwanted word in a file, with what to write instead."""

    path: str
    line: int
    part: str
    words: str
    use: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.words!r}; use {self.use}"


def markdown(content: str) -> Iterator[Text]:
    """The prose of a page, without code blocks, code spans and link targets."""
    yield Text(part="prose", line=1, text=_blank(_FENCE, content))


def schema(content: str) -> Iterator[Text]:
    """Every description of schema.json."""
    for number, line in enumerate(content.splitlines(), 1):
        if line.lstrip().startswith('"description": "'):
            yield Text(part="prose", line=number, text=json.loads("{" + line.strip().rstrip(",") + "}")["description"])


def commented(pattern: re.Pattern[str], content: str) -> Iterator[Text]:
    """The comments of a language in which one ends with its line."""
    for number, line in enumerate(content.splitlines(), 1):
        if match := pattern.search(line):
            yield Text(part="comments", line=number, text=match[1])


def python(content: str) -> Iterator[Text]:
    """Docstrings, comments, names, and messages: string literals with a space in them."""
    tree = ast.parse(content)
    documented = set(_docstrings(tree))
    pieces = {id(piece) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for piece in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            joined = "".join(str(piece.value) if isinstance(piece, ast.Constant) else "`…`" for piece in node.values)
            yield Text(part="messages", line=node.lineno, text=joined)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in pieces:
            if id(node) in documented:
                yield Text(part="docstrings", line=node.lineno, text=node.value)
            elif " " in node.value.strip():
                yield Text(part="messages", line=node.lineno, text=node.value)
    yield from _comments(content)
    yield from _names(tree)


def _names(tree: ast.AST) -> Iterator[Text]:
    """Each identifier that is bound or used: variables, parameters, attributes, functions, classes, imports."""
    for node in ast.walk(tree):
        for attribute in ("id", "attr", "arg", "name", "asname", "rest"):
            if isinstance(name := getattr(node, attribute, None), str):
                yield Text(part="names", line=getattr(node, "lineno", 1), text=name)


def _docstrings(tree: ast.AST) -> Iterator[int]:
    """Identities of the string nodes that document something: those that are a statement."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)


def _comments(content: str) -> Iterator[Text]:
    """Each comment, with the lines that continue it, so that a phrase may cross a line."""
    block: list[str] = []
    first = last = 0
    for token in tokenize.generate_tokens(io.StringIO(content).readline):
        if token.type != tokenize.COMMENT:
            continue
        if block and token.start[0] != last + 1:
            yield Text(part="comments", line=first, text="\n".join(block))
            block = []
        if not block:
            first = token.start[0]
        block.append(token.string.lstrip("# "))
        last = token.start[0]
    if block:
        yield Text(part="comments", line=first, text="\n".join(block))


READERS: Mapping[str, Callable[[str], Iterator[Text]]] = {
    ".json": schema,
    ".md": markdown,
    ".py": python,
    ".ts": functools.partial(commented, _TYPESCRIPT_COMMENT),
    ".yaml": functools.partial(commented, _YAML_COMMENT),
    "": functools.partial(commented, _MAKE_HELP),
}


class Words:
    """The list: words, exceptions and scopes of tools/words.toml."""

    def __init__(self, listed: Mapping[str, Any]) -> None:
        self._words = [
            (re.compile(rf"\b(?:{word['pattern']})\b".replace(" ", r"\s+"), re.IGNORECASE), str(word["use"]))
            for word in listed["word"]
        ]
        self._names = {str(name["name"]): str(name["use"]) for name in listed.get("name", [])}
        self._exceptions = listed.get("exception", [])
        self.scopes = listed.get("scope", [])

    def matches(self, path: str, content: str, parts: Iterable[str] = PARTS) -> Iterator[Match]:
        """Every unwanted word in the given parts of one file."""
        for text in READERS[pathlib.PurePath(path).suffix](content):
            if text.part == "names" and text.part in parts:
                yield from self._named(path, text)
            elif text.part in parts:
                yield from self._within(path, text)

    def _named(self, path: str, text: Text) -> Iterator[Match]:
        """The identifier, where it says no more than one of the names; underscores around it do not count."""
        use = self._names.get(text.text.strip("_").lower())
        if use and not self._excepted(path, text.text):
            yield Match(path=path, line=text.line, part=text.part, words=text.text, use=use)

    def _within(self, path: str, text: Text) -> Iterator[Match]:
        read = _INDENTED.sub("\n", _blank(_LINKED, _blank(_QUOTED, text.text)))
        for pattern, use in self._words:
            for match in pattern.finditer(read):
                around = " ".join(read[max(0, match.start() - 80) : match.end() + 80].split())
                if not self._excepted(path, around):
                    line = text.line + read.count("\n", 0, match.start())
                    words = " ".join(match[0].split())
                    yield Match(path=path, line=line, part=text.part, words=words, use=use)

    def _excepted(self, path: str, around: str) -> bool:
        return any(
            pathlib.PurePath(path).match(exception["path"]) and exception["text"] in around
            for exception in self._exceptions
        )


def _blank(pattern: re.Pattern[str], text: str) -> str:
    """The text with every match replaced by a gap, which no pattern crosses, and with its lines unchanged."""
    return pattern.sub(lambda match: "\0" + "\n" * match[0].count("\n"), text)


def scoped(words: Words, root: pathlib.Path = ROOT) -> Iterator[Match]:
    """Every match in the scopes of the list."""
    for scope in words.scopes:
        for path in sorted({path for glob in scope["paths"] for path in root.glob(glob) if _is_ours(path, root)}):
            yield from words.matches(str(path.relative_to(root)), path.read_text(), scope["parts"])


def _is_ours(path: pathlib.Path, root: pathlib.Path) -> bool:
    """Whether it is not in a folder of installed packages."""
    return "node_modules" not in path.relative_to(root).parts


def named(words: Words, paths: Iterable[str], root: pathlib.Path = ROOT) -> Iterator[Match]:
    """Every match in these files and in the files below these folders."""
    for path in (root / path for path in paths):
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and file.suffix in READERS and (file.suffix or file.name == "Makefile"):
                yield from words.matches(str(file.relative_to(root)), file.read_text())


def counted(matches: Iterable[Match]) -> str:
    """A line for each file and part, with the total as the last one."""
    counts = collections.Counter((match.path, match.part) for match in matches)
    lines = [f"{number:5} {path} ({part})" for (path, part), number in sorted(counts.items())]
    return "\n".join([*lines, f"{counts.total():5} in all"])


def main() -> None:
    """Prints every match and exits with 1 if there is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", help="files and folders; without one, the scopes of the list")
    parser.add_argument("--count", action="store_true", help="print how many are left by file and part")
    options = parser.parse_args()
    words = Words(tomllib.loads(LIST.read_text()))
    matches = list(named(words, options.paths) if options.paths else scoped(words))
    if options.count:
        print(counted(matches))
    elif matches:
        sys.exit("\n".join(map(str, matches)) + f"\n{LIST.relative_to(ROOT)} has the list and its exceptions")


if __name__ == "__main__":
    main()
