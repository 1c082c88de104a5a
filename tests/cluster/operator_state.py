"""The operator that the modules share: installed once by tau itself, and taken away for an empty cluster."""

from tests.cluster import kubernetes, stack

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
