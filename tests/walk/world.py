"""Where a walk happens: two physical clusters, one store, a kubeconfig, and two stacks with their programs."""

import contextlib
import dataclasses
import pathlib
import random
import shutil
from collections.abc import Iterator, Mapping

import yaml

from tests.walk import programs
from tests.walk.command_line import Home, Stack
from tests.walk.fake_cluster import HOSTS, FakeCluster
from tests.walk.model import Model
from tests.walk.programs import Program, Resource, Surroundings
from tests.walk.simulated_store import SimulatedStore

CONTEXTS = ("alpha", "beta")
"""Each of them is a physical cluster."""


@dataclasses.dataclass(frozen=True)
class Wanted:
    """A Cluster or claim that a resource had; `target` is its physical cluster, namespace and name."""

    name: str
    kind: str
    urn: str
    target: tuple[str, str, str]

    def is_of(self, resource: Resource, urn: str, place: str) -> bool:
        """Whether a program continues with it, perhaps as other objects.

        A resource that moved without an alias, and to another physical cluster, is another one for everybody.
        """
        if self.urn in (urn, *resource.aliases):
            return True
        return place == self.target[0] and (resource.name, resource.kind) == (self.name, self.kind)


@dataclasses.dataclass
class Use:
    """How one stack is used: its program, and a context where its configuration has a kubeconfig of its own.

    `history` is every Cluster and claim that it ever wanted; `settled` is the program of the last command, if that was
    an `up` that succeeded.
    """

    stack: Stack
    program: Program = ()
    configured: str = ""
    settled: Program | None = None
    history: set[Wanted] = dataclasses.field(default_factory=set)

    @property
    def name(self) -> str:
        """The stack, as annotations have it."""
        return str(self.stack)

    def urn(self, resource: Resource) -> str:
        """Its URN in this stack."""
        return resource.urn(self.stack.name, self.stack.project)

    def find(self, name: str) -> Resource:
        """A resource of the program."""
        return next(one for one in self.program if one.name == name)

    def set(self, changed: Resource, former: str = "") -> None:
        """Put a changed resource in the place of the one of its name, or of its former name."""
        name = former or changed.name
        self.program = tuple(changed if one.name == name else one for one in self.program)


class World:
    """Everything that a walk changes; `context` is the kubeconfig's current one, `hosts` how each cluster is called."""

    def __init__(
        self, root: pathlib.Path, seed: int, clusters: Mapping[str, FakeCluster], store: SimulatedStore
    ) -> None:
        self.chance = random.Random(seed)
        self.clusters, self.store = clusters, store
        self.context = CONTEXTS[0]
        self.hosts = dict.fromkeys(CONTEXTS, HOSTS[0])
        self.home = Home(root, root / "kubeconfig")
        self.home.prepare()
        self.write_kubeconfig()
        second = self.chance.choice([("home", "test"), ("other", "main")])
        self.uses = [Use(Stack(self.home, *names)) for names in (("home", "main"), second)]
        self.model = Model(list(clusters.values()), store)

    def kubeconfig(self, context: str) -> str:
        """A kubeconfig with all contexts, as text."""
        entries = [(name, self.clusters[name].address(self.hosts[name])) for name in CONTEXTS]
        told = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": context,
            "contexts": [{"name": name, "context": {"cluster": name, "user": "admin"}} for name, _ in entries],
            "clusters": [{"name": name, "cluster": {"server": url}} for name, url in entries],
            "users": [{"name": "admin", "user": {"token": "token"}}],
        }
        return yaml.safe_dump(told)

    def place(self, use: Use, resource: Resource) -> str:
        """The physical cluster that a resource is for at the moment."""
        return resource.provider.partition(":")[2] or use.configured or self.context

    def write_kubeconfig(self) -> None:
        """What `kubectl config use-context` and a new address come to."""
        self.home.kubeconfig.write_text(self.kubeconfig(self.context))

    def write(self, use: Use) -> None:
        """Bring the files of a stack up to date."""
        # An address of its own, which answers; nobody speaks S3 with it.
        endpoint = self.clusters[CONTEXTS[0]].address(HOSTS[0])
        around = Surroundings(endpoint, {name: self.kubeconfig(name) for name in CONTEXTS})
        configuration = {"kubernetes:kubeconfig": self.kubeconfig(use.configured)} if use.configured else {}
        use.stack.write(programs.rendered(use.stack.project, use.program, around), configuration)

    def unlock(self) -> None:
        """What `pulumi cancel` does after a command that was killed."""
        shutil.rmtree(self.home.root / "stacks/.pulumi/locks", ignore_errors=True)


@contextlib.contextmanager
def created(root: pathlib.Path, seed: int) -> Iterator[World]:
    """A new world in an empty folder."""
    root.mkdir(exist_ok=True)
    store = SimulatedStore(root / "store")
    with contextlib.ExitStack() as stack:
        clusters = {name: stack.enter_context(FakeCluster(name, store).serving()) for name in CONTEXTS}
        yield World(root, seed, clusters, store)
