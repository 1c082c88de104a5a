"""`preview` and `up` of many applications, rendered to files: by tau, by hand in two languages, and by a Helm chart."""

import itertools
import json
import pathlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from testbed.build import programs
from tools.benchmarks import chart, overlap, written
from tools.benchmarks.amounts import Amounts
from tools.benchmarks.handwritten import Children
from tools.benchmarks.report import Row
from tools.benchmarks.workshop import Cost, Rendered, opened, timed, watched

_TARGETS = {"Python": 0.9, "TypeScript": 1.0}
_GROWTH, _MAY_BE = 1.1, 120.0
_HELM = "Helm"
_FIRST, _AGAIN = ("first preview", "first up"), ("preview without change", "up without change")
_MANY = 200

Costs = Mapping[tuple[str, str], Cost]
"""By language and step."""


@dataclass(frozen=True)
class Bench:
    """A folder for programs, and the children of one application."""

    folder: pathlib.Path
    environment: Mapping[str, str]
    tell: Callable[[str], None]
    children: Children

    def program(self, name: str, language: str, count: int) -> Rendered:
        """A program in a folder of its own."""
        made = Rendered(self.folder / name, self.environment)
        written.program(made.folder, language, count, self.children)
        return made

    def measured(self, count: int, languages: Sequence[str], rounds: int, *, again: bool) -> Costs:
        """The least of several rounds, in which the languages alternate."""
        costs: dict[tuple[str, str], Cost] = {}
        wanted = ("tau", *(offered for offered in languages if offered in _TARGETS))
        made = {language: self.program(f"{language}-{count}".lower(), language, count) for language in wanted}
        for _ in range(rounds):
            for language, program in made.items():
                for step, cost in _round(program, again=again).items():
                    self._note(costs, count, language, step, cost)
        files = {language: _files(program) for language, program in made.items()}
        if len(set(files.values())) != 1:
            raise RuntimeError(f"the programs do not write the same number of files: {files}")
        if _HELM in languages:
            for step, cost in self._helm(count, rounds, min(files.values())).items():
                self._note(costs, count, _HELM, step, cost)
        return costs

    def _note(self, costs: dict[tuple[str, str], Cost], count: int, language: str, step: str, cost: Cost) -> None:
        self.tell(f"{language}, {count} applications, {step}: {cost.wall:.1f} s, {cost.cpu:.1f} s of processors")
        costs[language, step] = costs.get((language, step), cost).least(cost)

    def _helm(self, count: int, rounds: int, objects: int) -> dict[str, Cost]:
        """The same for each step, since Helm keeps nothing from one time to the next."""
        folder = self.folder / f"helm-{count}"
        chart.write(folder, self.children, count)
        helm = programs.ensured("helm")
        command = [str(helm), "template", "bench", str(folder)]
        rendered = subprocess.run(command, capture_output=True, text=True, check=True).stdout.count("\n# Source: ")
        if rendered != objects:
            raise RuntimeError(f"the chart has {rendered} objects, the programs {objects}")
        cost = timed(command, folder, self.environment)
        for _ in range(rounds - 1):
            cost = cost.least(timed(command, folder, self.environment))
        return dict.fromkeys(_FIRST, cost)


def _round(program: Rendered, *, again: bool) -> dict[str, Cost]:
    program.begin()
    environment = {"PULUMI_NODEJS_TRANSPILE_ONLY": "true"}
    steps = [program.preview, program.up]
    first = {step: run(**environment) for step, run in zip(_FIRST, steps, strict=True)}
    return first | ({step: run(**environment) for step, run in zip(_AGAIN, steps, strict=True)} if again else {})


def _files(program: Rendered) -> int:
    return sum(path.is_file() for path in program.files.rglob("*"))


def measure(amounts: Amounts, tell: Callable[[str], None]) -> tuple[list[Row], list[str]]:
    """Everything that needs programs, and no cluster."""
    folder = pathlib.Path(tempfile.mkdtemp())
    try:
        with opened(folder) as environment:
            bench = _begun(folder / "programs", environment, tell)
            costs = {}
            for count, rounds in amounts.applications.items():
                few = count < _MANY
                languages = (
                    amounts.languages
                    if few
                    else [language for language in amounts.languages if language != "TypeScript"]
                )
                costs[count] = bench.measured(count, languages, rounds, again=count in amounts.again)
            most, memory = _overlapping(bench.program("overlapping", "tau", amounts.overlap))
    finally:
        shutil.rmtree(folder)
    rows = [row for count, of_count in costs.items() for row in _compared(count, of_count)]
    what = f"memory of the plugin in up of {amounts.overlap} applications, with PULUMI_PARALLEL=64"
    rows += [*grown(costs), Row(what, memory, _MAY_BE, "what it may be", "MB", 1.0)]
    overlap = f"with PULUMI_PARALLEL=64, of {amounts.overlap} applications {most} were under construction at once"
    return rows, [f"an application with a database is {len(bench.children)} resources and 3 components", overlap]


def _begun(folder: pathlib.Path, environment: Mapping[str, str], tell: Callable[[str], None]) -> Bench:
    """Bring one application up by tau, to see of which children it consists."""
    model = Rendered(folder / "model", environment)
    written.program(model.folder, "tau", 1, None)
    model.begin()
    model.up()
    return Bench(folder, environment, tell, Children(model.export(), written.FIRST))


def _compared(count: int, costs: Costs) -> list[Row]:
    """A line for each step and language."""
    rows = []
    for step, language in itertools.product((*_FIRST, *_AGAIN), (*_TARGETS, _HELM)):
        if (language, step) not in costs:
            continue
        ours, theirs = costs["tau", step], costs[language, step]
        against, what = f"{language} template" if language == _HELM else language, f"{step} of {count} applications"
        rows.append(Row(what, ours.wall, theirs.wall, against, target=_TARGETS.get(language)))
        if language in _TARGETS:
            rows.append(Row(f"{what}, processors", ours.cpu, theirs.cpu, against))
    return rows


def grown(by_count: Mapping[int, Costs]) -> list[Row]:
    """The growth of an application's cost from few to many in one program, compared with handwritten programs."""
    rows = []
    for few, many in itertools.pairwise(sorted(by_count)):
        for step, (name, part) in itertools.product(_FIRST, (("", "wall"), (", processors", "cpu"))):
            ours, theirs = (
                (getattr(by_count[many][language, step], part) / many)
                / (getattr(by_count[few][language, step], part) / few)
                for language in ("tau", "Python")
            )
            target = _GROWTH if few >= 100 and part == "wall" else None
            what = f"{step}: an application of {many} relative to one of {few}{name}"
            # An application of many costs less where the start of the language counts; that is not growth to subtract.
            rows.append(Row(what, ours, max(theirs, 1.0), "Python, at least once", "times", target))
    return rows


def _overlapping(program: Rendered) -> tuple[int, float]:
    """The most applications that were under construction at once with PULUMI_PARALLEL=64, and MB of the plugin."""
    program.begin()
    events = program.folder / "events.json"
    with watched() as memory:
        program.up("--event-log", str(events), PULUMI_PARALLEL="64", PULUMI_DEBUG_COMMANDS="true")
    read = (json.loads(line) for line in events.read_text().splitlines())
    return overlap.most(read, lambda kind, _: kind == "tau:app:TauApplication"), max(memory)
