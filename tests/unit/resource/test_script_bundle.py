"""`tau.resource.script_bundle`: modules that run without anything around them."""

import json
import subprocess
import sys

from tau.resource import script_bundle


def test_modules_of_a_bundle_import_each_other() -> None:
    bundle = script_bundle.bundle("tau.archive.script.wal_page", "tau.archive.script.wal_records")
    assert [name for name, _ in json.loads(bundle)][-2:] == ["tau.archive.script.wal_page", "__main__"]
    # `-I`: nothing of this checkout is on the path.
    command = [sys.executable, "-I", "-c", script_bundle.LOADER, bundle]
    assert subprocess.run(command, capture_output=True, text=True, check=False).stderr == ""


def test_a_package_is_shipped_whole_with_what_it_imports() -> None:
    found = script_bundle.files("tau.restore_check.script", "tau.resource.script.superuser_session")
    assert {"tau/restore_check/script/__main__.py", "tau/resource/script/superuser_session.py"} <= found.keys()
    assert found["tau/resource/script/superuser_session.py"] == script_bundle.source(
        "tau.resource.script.superuser_session"
    )
