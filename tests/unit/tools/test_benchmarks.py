"""`tools.benchmarks`: programs by hand from a state of tau, and the table."""

import ast
import json
import pathlib

from tools.benchmarks import report
from tools.benchmarks.handwritten import Children

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
    assert PASSWORD not in program and "app000" not in program
    assert 'pulumi.Output.concat("postgresql://" + name + ":", password.result, "@host/" + name + "")' in program
    assert '"namespace": namespace.metadata["name"]' in program
    assert program.index("k8s.core.v1.Namespace(") < program.index("k8s.core.v1.Secret(")


def test_the_same_in_typescript() -> None:
    program = _children().typescript(3)
    assert 'new k8s.core.v1.Secret("" + name + "-connection", {' in program
    assert "number < 3" in program and "ready" in program and "True" not in program


def test_the_table_says_which_target_is_missed_and_replaces_that_of_before(tmp_path: pathlib.Path) -> None:
    rows = [report.Row("up", 2.0, 1.0, "Python", target=0.9), report.Row("preview", 1.0, 2.0, "Python")]
    table = report.write(tmp_path / "out", rows, {"memory": "1 GiB"}, ["seen"])
    assert "| up | 2.00 s | 1.00 s, Python | 2.00 | 0.9 | **no** |" in table
    document = tmp_path / "benchmarks.md"
    document.write_text("# Before\n<!-- measured -->\nold\n<!-- end of what was measured -->\n# After\n")
    report.put_into(document, table)
    assert "old" not in document.read_text() and document.read_text().endswith("\n# After\n")
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".md", ".json", ".svg"}
