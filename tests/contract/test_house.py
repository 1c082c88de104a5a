"""The house: each module has a test of its name, each token one folder, and `docs/architecture.md` says which."""

import collections
import inspect
import pathlib
import re

from tau.plugin import registry
from tests.contract import go_modules

PROVIDER = go_modules.ROOT / "provider/tau"
PAGE = (go_modules.ROOT / "docs/architecture.md").read_text()
LARGEST = 0.12
"""Share of all lines that one folder may have."""

# Modules without a test of their name: what tests them tests more than them. The list may only become shorter.
WITHOUT = {
    "__main__",
    "application/databases",
    "application/environment_inputs",
    "application/identity",
    "application/live_checks",
    "application/network",
    "application/network_inputs",
    "application/probes",
    "application/volume_inputs",
    "application/workload",
    "application/workload_inputs",
    "archive/observed",
    "archive/observed_origin",
    "archive/observed_store",
    "archive/reader",
    "archive/script/wal_page",
    "archive/target",
    "archive/window",
    "backup/live_checks",
    "cleanup/cleaner_objects",
    "cleanup/retain",
    "component/access",
    "component/context",
    "component/live_checks",
    "credentials/certificate",
    "credentials/certificate_pair",
    "credentials/current_login_resource",
    "credentials/objects",
    "credentials/server_roles",
    "database/live_roles",
    "database/logins_component",
    "engine/session",
    "instance/extension_update",
    "instance/inputs",
    "kubernetes/connection",
    "kubernetes/kind",
    "monitoring/dashboard",
    "operator/plugin_component",
    "ownership/objects",
    "ownership/owned_objects",
    "ownership/retention",
    "readiness/plugin",
    "readiness/upgrade",
    "resource/function",
    "resource/script/kubernetes",
    "restore_check/inputs",
    "restore_check/policy",
    "store/gateway_pod",
    "store/inputs",
}


def modules() -> dict[str, pathlib.Path]:
    """Every module that people write, by its path below the package."""
    found = {path.relative_to(PROVIDER).with_suffix("").as_posix(): path for path in PROVIDER.rglob("*.py")}
    return {
        name: path for name, path in found.items() if not name.endswith("__init__") and not name.startswith("types/")
    }


def has_test(name: str) -> bool:
    """Whether a test file has the module's name, in a folder with the name of its folder.

    A kind that only says how it is written is tested against Kubernetes' own schema, with all others.
    """
    folder, _, leaf = name.rpartition("/")
    test = f"{folder}/test_{leaf.strip('_')}.py"
    places = [f"unit/{test}", f"construct/{test}", f"contract/test_{leaf}.py"]
    return folder == "kubernetes/kinds" or any((go_modules.ROOT / "tests" / place).exists() for place in places)


def test_every_module_has_a_test_of_its_name() -> None:
    assert {name for name in modules() if not has_test(name)} == WITHOUT


def test_no_folder_is_larger_than_an_eighth_of_the_house() -> None:
    lines: collections.Counter[str] = collections.Counter()
    for name, path in modules().items():
        lines[name.partition("/")[0]] += len(path.read_text().splitlines())
    assert {name: count for name, count in lines.items() if count > LARGEST * lines.total()} == {}


def test_every_folder_has_its_line() -> None:
    folders = {path.parent.relative_to(PROVIDER).as_posix() for path in modules().values()}
    said = set(re.findall(r"^\| `([\w/]+)/` \|", PAGE, re.MULTILINE))
    assert said == {one for one in folders if one != "." and not one.endswith("script")} | {"types"}


def test_every_token_has_one_folder() -> None:
    served = dict(re.findall(r'"(tau:\w+:\w+)": \("tau\.(\w+)\.', inspect.getsource(registry)))
    said = dict(re.findall(r"^\| `(tau:\w+:\w+)` \| `([\w/]+)/` \|", PAGE, re.MULTILINE))
    assert served
    assert said == served
