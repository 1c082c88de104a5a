"""The operator that the modules share: installed once by tau itself, and taken away for an empty cluster."""

import pathlib

from testbed.drive import kubernetes, stack

PROGRAM = {"resources": {"operator": {"type": "tau:postgres:Operator"}}}


class OperatorState:
    """Moves the cluster between having the operator and having none, so that modules may run in any order."""

    def __init__(self, cluster: kubernetes.Kubernetes, owner: stack.Stack) -> None:
        self._cluster = cluster
        self._owner = owner
        self._running: bool | None = None

    def ensure_running(self) -> None:
        """Install the operator unless it is there."""
        if not self._running:
            self._owner.up(PROGRAM)
        self._running = True

    def change(self, manifest: pathlib.Path | None) -> stack.Result:
        """Let the operator work with other settings, which are written to `manifest`; without one, with the usual."""
        if manifest is None:
            return self._owner.up(PROGRAM)
        text = pathlib.Path(self._owner.environment["TAU_BED_MANIFESTS"], "cnpg-1.30.0.yaml").read_text()
        changed = text.replace("--max-concurrent-reconciles=10", "--max-concurrent-reconciles=9")
        assert changed != text
        manifest.write_text(changed)
        return self._owner.up(
            {"resources": {"operator": {"type": "tau:postgres:Operator", "properties": {"manifest": str(manifest)}}}}
        )

    def ensure_absent(self) -> None:
        """Remove the operator, and the definitions that tau leaves on purpose."""
        if self._running is not False:
            self._owner.destroy()
        self._running = False
        for definition in definitions(self._cluster):
            self._cluster.kubectl("delete", "customresourcedefinition", definition)


def definitions(cluster: kubernetes.Kubernetes) -> set[str]:
    """The CustomResourceDefinitions of the operator and its plugin that the cluster knows."""
    listed = cluster.kubectl("get", "customresourcedefinitions", "-o", "name").splitlines()
    names = {line.partition("/")[2] for line in listed}
    return {name for name in names if name.endswith(".cnpg.io")}
