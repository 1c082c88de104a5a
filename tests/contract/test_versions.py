"""One version of tau, and one of each package that it builds on, wherever they are written."""

import json
import re
import tomllib

import yaml

import tau
from tau.component import access
from tests.contract import go_modules

ROOT = go_modules.ROOT
SCHEMA = json.loads((ROOT / "schema.json").read_text())
PROGRAMS = {
    entry["module"]: entry for entry in tomllib.loads((ROOT / "testbed/build/programs.toml").read_text())["build"]
}


def test_schema_package_and_module_name_the_same_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert SCHEMA["version"] == project["version"] == tau.__version__


def test_every_sdk_is_of_that_version_and_asks_for_a_plugin_of_it() -> None:
    npm = json.loads((ROOT / "sdk/nodejs/package.json").read_text())
    python = tomllib.loads((ROOT / "sdk/python/pyproject.toml").read_text())["project"]
    plugin = json.loads((ROOT / "sdk/python/pulumi_tau/pulumi-plugin.json").read_text())
    (lock,) = (ROOT / "sdk/yaml").iterdir()
    versions = [npm["version"], npm["pulumi"]["version"], python["version"], plugin["version"]]
    assert {*versions, yaml.safe_load(lock.read_text())["version"]} == {tau.__version__}
    assert lock.name == f"tau-{tau.__version__}.yaml"


def test_the_documentation_installs_that_version() -> None:
    text = (ROOT / "docs/sdk.md").read_text()
    assert set(re.findall(r"tau(?:@|-| v|-v)(\d+\.\d+\.\d+)", text)) == {tau.__version__}


def test_typescript_and_python_programs_use_the_package_of_the_children() -> None:
    npm = json.loads((ROOT / "tools/node/package.json").read_text())["dependencies"]
    assert npm["@pulumi/kubernetes"] == access.KUBERNETES_VERSION
    assert f"pulumi-kubernetes=={access.KUBERNETES_VERSION} " in (ROOT / "requirements-dev.txt").read_text()


def test_the_plugin_file_names_no_other_version() -> None:
    assert yaml.safe_load((ROOT / "PulumiPlugin.yaml").read_text()).get("version", tau.__version__) == tau.__version__


def test_the_newest_entry_of_the_changelog_is_this_version_or_the_next() -> None:
    path = ROOT / "CHANGELOG.md"
    if path.exists():
        headings = re.findall(r"^## \[?v?([^\]\s]+)", path.read_text(), re.MULTILINE)
        assert tau.__version__ in [heading for heading in headings if heading.lower() != "unreleased"][:1] or (
            headings[0].lower() == "unreleased"
        )


def test_children_come_from_the_version_that_the_bed_builds() -> None:
    assert PROGRAMS["pulumi-resource-kubernetes"]["version"] == access.KUBERNETES_VERSION


def test_references_to_the_kubernetes_package_name_the_version_of_the_children() -> None:
    found = set(re.findall(r"/kubernetes/v([0-9.]+)/schema.json", json.dumps(SCHEMA)))
    assert found == {access.KUBERNETES_VERSION}
    assert access.KUBERNETES_VERSION in SCHEMA["language"]["nodejs"]["dependencies"]["@pulumi/kubernetes"]
    assert access.KUBERNETES_VERSION in SCHEMA["language"]["python"]["requires"]["pulumi-kubernetes"]


def test_the_default_operator_is_the_one_that_the_bed_builds() -> None:
    default = SCHEMA["resources"]["tau:postgres:Operator"]["inputProperties"]["version"]["default"]
    assert (
        f"github.com/cloudnative-pg/cloudnative-pg v{default}"
        in (ROOT / "testbed/build/modules/cloudnative-pg/go.mod").read_text()
    )
