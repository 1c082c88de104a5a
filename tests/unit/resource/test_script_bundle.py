"""`tau.resources.script_bundle`: modules that run without anything around them."""

import json
import subprocess
import sys

from tau.resources import script_bundle


def test_modules_of_a_bundle_import_each_other() -> None:
    bundle = script_bundle.bundle("tau.scripts.wal_page", "tau.scripts.wal_records")
    assert [name for name, _ in json.loads(bundle)][-2:] == ["tau.scripts.wal_page", "__main__"]
    # `-I`: nothing of this checkout is on the path.
    command = [sys.executable, "-I", "-c", script_bundle.LOADER, bundle]
    assert subprocess.run(command, capture_output=True, text=True, check=False).stderr == ""


def test_a_package_is_shipped_whole_with_what_it_imports() -> None:
    found = script_bundle.files("tau.scripts.restore_check", "tau.scripts.superuser_session")
    assert {"tau/scripts/restore_check/__main__.py", "tau/scripts/superuser_session.py"} <= found.keys()
    assert found["tau/scripts/superuser_session.py"] == script_bundle.source("tau.scripts.superuser_session")
