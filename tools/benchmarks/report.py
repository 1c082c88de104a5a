"""What was measured: one table, written as Markdown, as JSON and as a plot, whose parts can be measured separately."""

import dataclasses
import datetime
import html
import importlib.metadata
import json
import os
import pathlib
import platform
import subprocess
from collections.abc import Mapping, Sequence

_BEGIN, _END = "<!-- measured -->", "<!-- end of what was measured -->"
_LEFT, _WIDE, _HIGH, _LIMIT = 560, 300, 22, 2.0
_HEAD = ("| what | tau | reference | ratio | at most | met |", "| --- | ---: | ---: | ---: | ---: | --- |")


@dataclasses.dataclass(frozen=True)
class Row:
    """One line: a measured value and a reference of the same unit; at most `target` times that is wanted."""

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

    @property
    def missed(self) -> bool:
        """Whether it is above its target, as far as it can be told from what is printed of it."""
        return self.target is not None and round(self.ratio, 2) > self.target

    def __str__(self) -> str:
        wanted = "" if self.target is None else f"{self.target:g}"
        met = "" if self.target is None else ("**no**" if self.missed else "yes")
        measured, reference = (f"{value:.2f} {self.unit}".strip() for value in (self.measured, self.reference))
        return f"| {self.what} | {measured} | {reference}, {self.against} | {self.ratio:.2f} | {wanted} | {met} |"


@dataclasses.dataclass(frozen=True)
class Part:
    """What one part measured; `begun` is UTC, `load` that of the machine at its begin."""

    rows: Sequence[Row]
    notes: Sequence[str]
    begun: str
    load: float
    seconds: float

    def description(self) -> str:
        """When and how it was measured."""
        return f"begun {self.begun} UTC at a load of {self.load:.1f}, {self.seconds / 60:.0f} minutes"


@dataclasses.dataclass(frozen=True)
class Begin:
    """The begin of a part, and what it was like."""

    at: datetime.datetime = dataclasses.field(default_factory=lambda: datetime.datetime.now(datetime.UTC))
    load: float = dataclasses.field(default_factory=lambda: os.getloadavg()[0])

    def end(self, rows: Sequence[Row], notes: Sequence[str]) -> Part:
        """The part, which ends now."""
        took = datetime.datetime.now(datetime.UTC) - self.at
        return Part(rows, notes, f"{self.at:%Y-%m-%d %H:%M}", self.load, took.total_seconds())


def machine() -> dict[str, str]:
    """What it was measured on."""
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    node = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
    packages = (f"{name} {importlib.metadata.version(name)}" for name in ("pulumi", "pulumi-kubernetes"))
    return {
        "processor": f"{model}, {os.cpu_count()} cores",
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "versions": ", ".join([f"Python {platform.python_version()}", f"Node.js {node}", *packages]),
    }


@dataclasses.dataclass(frozen=True)
class Table:
    """All parts that were measured on one machine, in the order in which they are shown."""

    machine: Mapping[str, str]
    parts: Mapping[str, Part]

    @property
    def rows(self) -> list[Row]:
        """The lines of all parts."""
        return [row for part in self.parts.values() for row in part.rows]

    def markdown(self) -> str:
        """The table, with what it was measured on above and what else was seen below."""
        details = dict(self.machine) | {f"measured: {name}": part.description() for name, part in self.parts.items()}
        notes = [note for part in self.parts.values() for note in part.notes]
        above, below = [f"- {key}: {value}" for key, value in details.items()], [f"- {note}" for note in notes]
        return "\n".join([*above, "", *_HEAD, *map(str, self.rows), *(["", *below] if below else [])])

    def json(self) -> str:
        """The same for programs."""
        parts = {name: dataclasses.asdict(part) for name, part in self.parts.items()}
        for part in parts.values():
            part["rows"] = [row | {"ratio": row["measured"] / row["reference"]} for row in part["rows"]]
        return json.dumps({"machine": dict(self.machine), "parts": parts}, indent=2) + "\n"

    def plot(self) -> str:
        """A bar for each ratio, red where it is above its target; the line is at 1."""
        middle, rows = _LEFT + _WIDE / _LIMIT, self.rows
        parts = [f'<line x1="{middle}" y1="0" x2="{middle}" y2="{_HIGH * len(rows)}" stroke="gray"/>']
        for number, row in enumerate(rows):
            y, long = number * _HIGH, min(row.ratio, _LIMIT) / _LIMIT * _WIDE
            colour = "firebrick" if row.missed else "steelblue"
            label = html.escape(f"{row.what} / {row.against}")
            parts += [
                f'<text x="{_LEFT - 8}" y="{y + 15}" text-anchor="end">{label}</text>',
                f'<rect x="{_LEFT}" y="{y + 3}" width="{long:.0f}" height="{_HIGH - 6}" fill="{colour}"/>',
                f'<text x="{_LEFT + long + 6:.0f}" y="{y + 15}">{row.ratio:.2f}</text>',
            ]
        size = f'width="{_LEFT + _WIDE + 60}" height="{_HIGH * len(rows)}"'
        begin = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">'
        return f"{begin}{''.join(parts)}</svg>\n"


def opened(folder: pathlib.Path, order: Sequence[str], machine_now: Mapping[str, str]) -> dict[str, Part]:
    """The parts that were measured before in this folder, on the same machine; in this order, as far as they are."""
    file = folder / "benchmarks.json"
    held = json.loads(file.read_text()) if file.exists() else {}
    if held.get("machine") != dict(machine_now):
        return {}
    return {name: _part(held["parts"][name]) for name in order if name in held["parts"]}


def _part(held: dict[str, object]) -> Part:
    rows = held["rows"]
    assert isinstance(rows, list)
    names = [field.name for field in dataclasses.fields(Row)]
    return Part(**{**held, "rows": [Row(**{name: row[name] for name in names}) for row in rows]})  # type: ignore[arg-type]


def write(folder: pathlib.Path, table: Table) -> None:
    """Write all three into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "benchmarks.md").write_text(table.markdown() + "\n")
    (folder / "benchmarks.json").write_text(table.json())
    (folder / "benchmarks.svg").write_text(table.plot())


def put_into(document: pathlib.Path, table: Table) -> None:
    """Make a table the newest of the documentation."""
    before, _, rest = document.read_text().partition(_BEGIN)
    document.write_text(f"{before}{_BEGIN}\n\n{table.markdown()}\n\n{_END}{rest.partition(_END)[2]}")
