"""Records the state that this version of tau leaves behind, for later versions to be previewed with.

Runs on a bed of its own: `python -m tools.record_state`. Do it before a release, and when there is a new component.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile


def main() -> None:
    """Bring every component up, keep the state, take all down again."""
    # Read where the modules are imported; never the bed that somebody works on.
    os.environ["TAU_BED_STATE"] = f"{os.environ.get('TAU_BED_STATE', '/var/lib/tau-bed')}-record"
    from testbed.cluster import environment
    from testbed.drive import earlier, share, stack

    _bed("up")
    variables = environment.variables()
    manifests = pathlib.Path(variables["TAU_BED_MANIFESTS"])
    home = share.export(pathlib.Path(variables["TAU_BED_NFS"]), "home")
    with tempfile.TemporaryDirectory() as folder:
        made = stack.Stack(pathlib.Path(folder), variables, earlier.PROJECT)
        subprocess.run(["kubectl", "create", "namespace", "home"], env={**os.environ, **variables}, check=True)
        made.up(earlier.program("home", home, complete=True))
        version = json.loads((stack.CHECKOUT / "schema.json").read_text())["version"]
        file = earlier.RECORDED / f"tau-{version}.json"
        earlier.record(file, made.export(), manifests)
    _bed("down")


def _bed(command: str) -> None:
    subprocess.run([sys.executable, "-m", "testbed", command], check=True)


if __name__ == "__main__":
    main()
