"""`preview` and `up` of many applications, rendered to files: by tau, and by hand in Python and in TypeScript."""

import itertools
import json
import pathlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tools.benchmarks.handwritten import Children
from tools.benchmarks.report import Row
from tools.benchmarks.workshop import ROOT, Cost, Rendered

_FIRST = "app000"
_TARGETS = {"Python": 0.9, "TypeScript": 1.0}
_GROWTH = 1.1

Costs = Mapping[tuple[str, str], Cost]
"""By language and step."""


@dataclass(frozen=True)
class Bench:
    """A folder for programs, and the children of one application."""

    folder: pathlib.Path
    environment: Mapping[str, str]
    tell: Callable[[str], None]
    children: Children

    def programs(self, count: int) -> dict[str, Rendered]:
        """The same applications in each language."""
        made = {}
        for language in ("tau", "Python", "TypeScript"):
            made[language] = Rendered(self.folder / f"{language}-{count}".lower(), self.environment)
            write(made[language].folder, language, count, self.children)
        return made

    def measured(self, count: int, rounds: int) -> Costs:
        """The least of several rounds, in which the languages take turns."""
        programs = self.programs(count)
        found: dict[tuple[str, str], Cost] = {}
        for number in range(rounds):
            for language, program in programs.items():
                for step, cost in _round(program).items():
                    self.tell(
                        f"{language}, {count} applications, {step}: {cost.wall:.1f} s, {cost.cpu:.1f} s of processors"
                    )
                    least = found.get((language, step), cost) if number else cost
                    found[language, step] = Cost(min(cost.wall, least.wall), min(cost.cpu, least.cpu))
        files = {language: _files(program) for language, program in programs.items()}
        if len(set(files.values())) != 1:
            raise RuntimeError(f"the programs do not write the same number of files: {files}")
        return found


def _round(program: Rendered) -> dict[str, Cost]:
    program.begin()
    environment = {"PULUMI_NODEJS_TRANSPILE_ONLY": "true"}
    return {
        "first preview": program.preview(**environment),
        "first up": program.up(**environment),
        "preview without change": program.preview(**environment),
        "up without change": program.up(**environment),
    }


def _files(program: Rendered) -> int:
    return sum(one.is_file() for one in program.files.rglob("*"))


def opened(folder: pathlib.Path, environment: Mapping[str, str], tell: Callable[[str], None]) -> Bench:
    """Bring one application up by tau, to see of which children it consists."""
    model = Rendered(folder / "model", environment)
    write(model.folder, "tau", 1, None)
    model.begin()
    model.up()
    children = Children(model.export(), _FIRST)
    tell(f"an application with a database is {len(children)} objects")
    return Bench(folder, environment, tell, children)


def write(folder: pathlib.Path, language: str, count: int, children: Children | None) -> None:
    """Write one program."""
    project: dict[str, object] = {"name": f"bench-{language.lower()}-{count}"}
    if language == "tau":
        plugins = {"providers": [{"name": "tau", "path": str(ROOT)}]}
        project |= {"runtime": "yaml", "plugins": plugins, "resources": _applications(count)}
    elif children and language == "Python":
        project["runtime"] = "python"
        (folder / "__main__.py").write_text(children.python(count))
    elif children:
        project["runtime"] = "nodejs"
        (folder / "index.ts").write_text(children.typescript(count))
        (folder / "package.json").write_text(json.dumps({"name": "bench", "main": "index.ts"}))
        (folder / "tsconfig.json").write_text((ROOT / "tests/migration/typescript/tsconfig.json").read_text())
        (folder / "node_modules").symlink_to(ROOT / "tools/node/node_modules")
    (folder / "Pulumi.yaml").write_text(json.dumps(project))


def _applications(count: int) -> dict[str, object]:
    def application(name: str) -> dict[str, object]:
        given = {
            "image": "ghcr.io/example/app:1.0",
            "ports": [{"port": 8080}],
            "ingress": {"host": f"{name}.example.org"},
        }
        return {"type": "tau:app:TauApplication", "properties": {"namespace": name, "database": {}, **given}}

    return {name: application(name) for name in (f"app{number:03}" for number in range(count))}


def compared(count: int, costs: Costs) -> list[Row]:
    """A line for each step and language."""
    rows = []
    for step in dict.fromkeys(step for _, step in costs):
        for language, target in _TARGETS.items():
            ours, theirs = costs["tau", step], costs[language, step]
            rows.append(Row(f"{step} of {count} applications", ours.wall, theirs.wall, language, target=target))
            what = f"{step} of {count} applications, processors"
            rows.append(Row(what, ours.cpu, theirs.cpu, language))
    return rows


def grown(by_count: Mapping[int, Costs]) -> list[Row]:
    """Seconds of processors for an application more, of many beside few; the engine's own share is in both."""
    rows = []
    counts: Sequence[int] = sorted(by_count)
    for few, many in itertools.pairwise(counts):
        for step in ("first preview", "first up"):
            for language in ("tau", "Python"):
                target = _GROWTH if language == "tau" and few >= 100 else None
                of_many, of_few = (by_count[count][language, step].cpu / count for count in (many, few))
                rows.append(Row(f"{step}, one of {many}, {language}", of_many, of_few, f"one of {few}", target=target))
    return rows


def overlapping(program: Rendered) -> tuple[int, Cost]:
    """The most applications that were under construction at once, with PULUMI_PARALLEL=64."""
    program.begin()
    events = program.folder / "events.json"
    cost = program.up("--event-log", str(events), PULUMI_PARALLEL="64", PULUMI_DEBUG_COMMANDS="true")
    under_way: set[str] = set()
    most = 0
    for line in events.read_text().splitlines():
        event = json.loads(line)
        for kind, change in (("resourcePreEvent", under_way.add), ("resOutputsEvent", under_way.discard)):
            about = event.get(kind, {}).get("metadata", {})
            if about.get("type") == "tau:app:TauApplication":
                change(about["urn"])
        most = max(most, len(under_way))
    return most, cost
