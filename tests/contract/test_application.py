"""Applications: every object is one that the API server accepts, and their databases take what Database takes."""

import json
import pathlib
from typing import Any

import hypothesis

from tau import errors
from tau.application import inputs as application_inputs
from tau.settings import Settings
from tau.types.app import TauApplicationArgs
from tests.contract import go_modules, kubernetes_schemas
from tests.contract.test_manifests import quickly
from tests.unit import application_arguments

SETTINGS = Settings(domain="home.example")


@quickly
@hypothesis.given(args=application_arguments.APPLICATIONS)
def test_objects_of_an_application(args: TauApplicationArgs) -> None:
    problems = errors.Problems()
    application_inputs.check("shop", args, SETTINGS, problems)
    hypothesis.assume(not problems)
    wanted = application_arguments.objects("shop", args, SETTINGS, "abc")
    for manifest in wanted.all():
        if manifest["kind"] != "VerticalPodAutoscaler":  # Its definition is in no module that tau knows.
            assert kubernetes_schemas.problems(manifest) == []


def test_a_database_of_an_application_has_every_input_of_a_database() -> None:
    schema: Any = json.loads((go_modules.ROOT / "schema.json").read_text())
    of_application = schema["types"]["tau:app:Database"]["properties"]
    of_its_own = schema["resources"]["tau:postgres:Database"]["inputProperties"]
    assert of_application.keys() == of_its_own.keys()
    for name in of_its_own.keys() - {"name", "namespace"}:
        assert of_application[name] == of_its_own[name], name


def _lines(path: pathlib.Path, begin: str = "", end: str = "") -> int:
    """Lines with something in them, from one that begins so to one that ends the part."""
    text = path.read_text()
    part = text[text.index(begin) : text.index(end) if end else None]
    return sum(1 for line in part.splitlines() if line.strip() not in ("", "---") and not line.lstrip().startswith("#"))


def test_the_lines_of_the_comparison_are_counted() -> None:
    compared = go_modules.ROOT / "docs/comparison"
    example = go_modules.ROOT / "examples/application-yaml/Pulumi.yaml"
    server = _lines(compared / "miniflux-cluster.yaml")
    page = (go_modules.ROOT / "docs/tau-application.md").read_text()
    assert f"| tau | {_lines(example, '  adminPassword:', 'outputs:')} |" in page
    assert f"| app-template | {_lines(compared / 'miniflux-app-template.yaml')} + {server} |" in page
    assert f"| manifests | {_lines(compared / 'miniflux-manifests.yaml')} + {server} |" in page
