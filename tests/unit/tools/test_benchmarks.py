"""`tools.benchmarks`: programs by hand from a state of tau, and the table."""

import ast
import dataclasses
import json
import pathlib
from typing import Any

import pytest

from tau.types.postgres import Backup
from tools.benchmarks import amounts, backed_up, chart, deployments, overlap, report
from tools.benchmarks.handwritten import Children
from tools.benchmarks.report import Row
from tools.benchmarks.workshop import Cost

PASSWORD = "Generated0Generated0Generated0Ab"
URL = f"postgresql://app000:{PASSWORD}@host/app000"
CHECKSUM = {"template": {"annotations": {"checksum/config": "0a"}}, "ready": True}


def _child(kind: str, name: str, inputs: dict[str, object], **outputs: object) -> dict[str, object]:
    return {"type": kind, "custom": True, "urn": f"urn:pulumi:a::b::c::{name}", "inputs": inputs, "outputs": outputs}


def _children() -> Children:
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": json.dumps(URL)}
    about = {"name": "postgres-app000", "namespace": "app000"}
    resources = [
        _child("kubernetes:core/v1:Secret", "app000-connection", {"metadata": about, "stringData": {"url": secret}}),
        _child("kubernetes:apps/v1:Deployment", "app000-deployment", {"spec": CHECKSUM}),
        _child("kubernetes:core/v1:Namespace", "app000-namespace", {"metadata": {"name": "app000"}}),
        _child("tau:postgres:RoleCredential", "app000-password", {"owner": "app000"}, password=PASSWORD),
        {"type": "tau:app:TauApplication", "custom": False, "urn": "urn:pulumi:a::b::c::app000"},
    ]
    return Children(json.dumps({"deployment": {"resources": resources}}), "app000")


def test_a_program_by_hand_has_every_child_and_the_name_and_password_of_each_application() -> None:
    program = _children().python(3)
    ast.parse(program)
    assert len(_children()) == 4
    assert PASSWORD not in program
    assert "app000" not in program
    assert 'pulumi.Output.concat("postgresql://" + name + ":", password.result, "@host/" + name + "")' in program
    assert '"namespace": namespace.metadata["name"]' in program
    assert program.index("k8s.core.v1.Namespace(") < program.index("k8s.core.v1.Secret(")


def test_the_same_in_typescript() -> None:
    program = _children().typescript(3)
    assert 'new k8s.core.v1.Secret("" + name + "-connection", {' in program
    assert "number < 3" in program
    assert "ready" in program
    assert "True" not in program


def test_the_same_as_a_chart() -> None:
    text = chart.template(_children())
    assert text.startswith("{{- range $name := .Values.applications }}")
    assert text.endswith("{{- end }}\n")
    assert PASSWORD not in text
    assert "app000" not in text
    objects = [json.loads(one.partition("\n{{-")[0]) for one in text.split("---\n")[1:]]
    assert len(objects) == 3
    (connection,) = (one for one in objects if "stringData" in one)
    assert connection["stringData"]["url"] == "postgresql://{{ $name }}:{{ $password }}@host/{{ $name }}"
    assert "{{ $password | sha256sum | trunc 32 }}" in text
    assert "0a" not in text


def _part(*rows: Row) -> report.Part:
    return report.Part(rows, ["seen"], begun="2026-11-25 22:00", load=0.5, seconds=90)


def test_the_table_says_which_target_is_missed_and_replaces_that_of_before(tmp_path: pathlib.Path) -> None:
    rows = [Row("up", 2.0, 1.0, "Python", target=0.9), Row("preview", 1.0, 2.0, "Python")]
    table = report.Table({"memory": "1 GiB"}, {"programs": _part(*rows)})
    report.write(tmp_path / "out", table)
    assert "| up | 2.00 s | 1.00 s, Python | 2.00 | 0.9 | **no** |" in table.markdown()
    document = tmp_path / "benchmarks.md"
    document.write_text("# Before\n<!-- measured -->\nold\n<!-- end of what was measured -->\n# After\n")
    report.put_into(document, table)
    assert "old" not in document.read_text()
    assert document.read_text().endswith("\n# After\n")
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".md", ".json", ".svg"}


@pytest.mark.parametrize(("ratio", "missed"), [(0.9, False), (0.904, False), (0.906, True), (0.5, False)])
def test_a_target_is_missed_where_the_printed_ratio_is_above_it(ratio: float, missed: bool) -> None:
    assert Row("up", ratio, 1.0, "Python", target=0.9).missed is missed
    assert not Row("up", ratio, 1.0, "Python").missed


def test_parts_that_are_not_measured_again_stay_if_the_machine_is_the_same(tmp_path: pathlib.Path) -> None:
    about = {"memory": "1 GiB"}
    parts = {"plugin": _part(Row("start", 1.0, 2.0, "Python")), "programs": _part(Row("up", 1.0, 1.0, "Python"))}
    report.write(tmp_path, report.Table(about, parts))
    assert report.opened(tmp_path, ["programs", "cluster", "plugin"], about) == {
        name: dataclasses.replace(part, rows=list(part.rows)) for name, part in parts.items()
    }
    assert list(report.opened(tmp_path, ["programs", "plugin"], about)) == ["programs", "plugin"]
    assert report.opened(tmp_path, ["plugin"], {"memory": "2 GiB"}) == {}
    assert report.opened(tmp_path / "absent", ["plugin"], about) == {}


def test_growth_is_told_beside_that_by_hand() -> None:
    steps = ("first preview", "first up")
    costs = {
        100: {(language, step): Cost(10.0, 20.0) for language in ("tau", "Python") for step in steps},
        400: {("tau", step): Cost(48.0, 80.0) for step in steps}
        | {("Python", step): Cost(44.0, 80.0) for step in steps},
    }
    row = deployments.grown(costs)[0]
    assert [row.measured, row.reference] == pytest.approx([1.2, 1.1])
    assert row.target == 1.1
    assert not row.missed


def test_resources_overlap_between_their_first_and_their_last_event() -> None:
    def event(kind: str, name: str, of: str = "tau:app:TauApplication") -> dict[str, Any]:
        return {kind: {"metadata": {"type": of, "urn": f"urn:pulumi:a::b::{of}::{name}"}}}

    events: list[dict[str, Any]] = [
        {"preludeEvent": {}},
        event("resourcePreEvent", "a"),
        event("resourcePreEvent", "b", of="kubernetes:core/v1:Secret"),
        event("resourcePreEvent", "b"),
        event("resOutputsEvent", "a"),
        event("resourcePreEvent", "c"),
        event("resOutputsEvent", "b"),
        event("resOutputsEvent", "c"),
    ]
    assert overlap.most(events, lambda kind, _: kind == "tau:app:TauApplication") == 2
    assert overlap.most(events, lambda _, name: name == "a") == 1


def test_the_compression_with_a_target_is_the_default_and_always_measured() -> None:
    assert Backup().compression == backed_up.DEFAULT
    assert all(backed_up.DEFAULT in one.compressions for one in (amounts.FEW, amounts.FULL))
