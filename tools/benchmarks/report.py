"""What was measured: lines of a table, written as Markdown, as JSON and as a plot."""

import dataclasses
import html
import importlib.metadata
import json
import os
import pathlib
import platform
import subprocess
from collections.abc import Sequence

_BEGIN, _END = "<!-- measured -->", "<!-- end of what was measured -->"
_LEFT, _WIDE, _HIGH, _LIMIT = 560, 300, 22, 2.0


@dataclasses.dataclass(frozen=True)
class Row:
    """One line: a measured value beside a reference of the same unit; at most `target` times that is wanted."""

    what: str
    measured: float
    reference: float
    against: str
    unit: str = "s"
    target: float | None = None

    @property
    def ratio(self) -> float:
        """How many times the reference it is."""
        return self.measured / self.reference

    def __str__(self) -> str:
        wanted = "" if self.target is None else f"{self.target:g}"
        met = "" if self.target is None else ("yes" if self.ratio <= self.target else "**no**")
        reference = f"{self.reference:.2f} {self.unit}, {self.against}"
        return f"| {self.what} | {self.measured:.2f} {self.unit} | {reference} | {self.ratio:.2f} | {wanted} | {met} |"


def machine() -> dict[str, str]:
    """What it was measured on."""
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    model = next((one.partition(":")[2].strip() for one in lines if one.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    node = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
    return {
        "processor": f"{model}, {os.cpu_count()} cores",
        "memory": f"{memory:.0f} GiB",
        "load when it began": f"{os.getloadavg()[0]:.1f}",
        "system": f"{platform.system()} {platform.release()}",
        "versions": f"Python {platform.python_version()}, Node.js {node}, "
        + ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("pulumi", "pulumi-kubernetes")),
    }


def markdown(rows: Sequence[Row], about: dict[str, str], notes: Sequence[str]) -> str:
    """The table, with what it was measured on above and what else was seen below."""
    head = ["| what | tau | beside | ratio | at most | met |", "| --- | ---: | ---: | ---: | ---: | --- |"]
    return "\n".join(
        [
            *(f"- {key}: {value}" for key, value in about.items()),
            "",
            *head,
            *map(str, rows),
            "",
            *(f"- {one}" for one in notes),
        ]
    )


def plot(rows: Sequence[Row]) -> str:
    """A bar for each ratio, red where it is above its target; the line is at 1."""
    one = _LEFT + _WIDE / _LIMIT
    parts = [f'<line x1="{one}" y1="0" x2="{one}" y2="{_HIGH * len(rows)}" stroke="gray"/>']
    for number, row in enumerate(rows):
        colour = "firebrick" if row.target is not None and row.ratio > row.target else "steelblue"
        y, long = number * _HIGH, min(row.ratio, _LIMIT) / _LIMIT * _WIDE
        label = html.escape(f"{row.what} / {row.against}")
        parts += [
            f'<text x="{_LEFT - 8}" y="{y + 15}" text-anchor="end">{label}</text>',
            f'<rect x="{_LEFT}" y="{y + 3}" width="{long:.0f}" height="{_HIGH - 6}" fill="{colour}"/>',
            f'<text x="{_LEFT + long + 6:.0f}" y="{y + 15}">{row.ratio:.2f}</text>',
        ]
    size = f'width="{_LEFT + _WIDE + 60}" height="{_HIGH * len(rows)}"'
    begin = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">'
    return f"{begin}{''.join(parts)}</svg>\n"


def write(folder: pathlib.Path, rows: Sequence[Row], about: dict[str, str], notes: Sequence[str]) -> str:
    """Write all three into a folder; the Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    table = markdown(rows, about, notes)
    (folder / "benchmarks.md").write_text(table + "\n")
    found = [{**dataclasses.asdict(row), "ratio": row.ratio} for row in rows]
    (folder / "benchmarks.json").write_text(
        json.dumps({"machine": about, "rows": found, "notes": list(notes)}, indent=2)
    )
    (folder / "benchmarks.svg").write_text(plot(rows))
    return table


def put_into(document: pathlib.Path, table: str) -> None:
    """Make a table the newest of the documentation."""
    before, _, rest = document.read_text().partition(_BEGIN)
    document.write_text(f"{before}{_BEGIN}\n\n{table}\n\n{_END}{rest.partition(_END)[2]}")
