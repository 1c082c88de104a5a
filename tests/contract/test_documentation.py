"""The documentation: every link within the repository leads somewhere."""

import pathlib
import re
from collections.abc import Iterator

import pytest

from tests.contract import go_modules

PAGES = sorted(
    path
    for path in [
        *go_modules.ROOT.glob("*.md"),
        *go_modules.ROOT.glob("docs/**/*.md"),
        *go_modules.ROOT.glob("examples/**/*.md"),
    ]
    if "node_modules" not in path.parts
)
LINK = re.compile(r"\[[^\]]*\]\((?!https?:)([^)\s]+)\)")


def anchors(page: pathlib.Path) -> Iterator[str]:
    """What GitHub makes of a page's headings."""
    for heading in re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(go_modules.ROOT)))
def test_every_link_within_the_repository_leads_somewhere(page: pathlib.Path) -> None:
    dead = []
    for link in LINK.findall(page.read_text()):
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)
    assert dead == []
