"""Every error that tau raises on purpose. Imports nothing of tau and nothing of Pulumi.

TauError
├── InvalidInputs     the user's inputs or configuration, all problems at once
└── ClusterError      what Kubernetes or an object in it answered
    └── Unreachable   no answer from the API server at all
        └── NoCluster no API server is configured
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_STEP = re.compile(r'\["((?:\\"|[^"])*)"\]|\[(\d+)\]|\.?([^.\[]+)')


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one input: where it is, what is wrong and what to do."""

    path: str
    reason: str
    secret: bool = False

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


def below(path: str, name: str) -> str:
    """Property path of a property of what is at `path`, as the engine writes and reads it."""
    if not name.replace("_", "a").isalnum():
        return key(path, name)
    return f"{path}.{name}" if path else name


def key(path: str, name: str) -> str:
    """Property path of a key that the user made up, in quotes."""
    return '{}["{}"]'.format(path, name.replace('"', '\\"'))


def parts(path: str) -> tuple[str, ...]:
    """The steps of a property path, as the engine reads it; what it cannot read is one step."""
    names: list[str] = []
    rest = path
    while rest:
        step = _STEP.match(rest)
        if not step:
            return (*names, rest)
        quoted, index, name = step.groups()
        names.append(quoted.replace('\\"', '"') if quoted is not None else index or name)
        rest = rest[step.end() :]
    return tuple(names)


class TauError(Exception):
    """A failure with a message made for the user; it is shown without a stack trace."""


class InvalidInputs(TauError):
    """All the problems of one resource's inputs."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ClusterError(TauError):
    """Kubernetes, or an object in it, said why it does not work."""


class Unreachable(ClusterError):
    """The API server could not be asked."""


class NoCluster(Unreachable):
    """Nothing says where an API server is."""


class Problems:
    """Collects problems, so that all of them are reported at once.

    A problem is `secret` where the engine must not print the value at its path: at a secret, in one or around one.
    """

    def __init__(self) -> None:
        self._problems: list[Problem] = []
        self._concealed: list[tuple[str, ...]] = []

    def conceal(self, paths: Iterable[str]) -> None:
        """Name paths of secrets, before any problem is noted."""
        self._concealed += [parts(path) for path in paths]

    def add(self, path: str, reason: str, *, secret: bool = False) -> None:
        """Note one problem."""
        self._problems.append(Problem(path=path, reason=reason, secret=secret or self.conceals(path)))

    def conceals(self, path: str) -> bool:
        """Whether there is a secret at, in or around a path, so that no text may quote its value."""
        steps = parts(path)
        return any(steps[: len(concealed)] == concealed[: len(steps)] for concealed in self._concealed)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._problems)

    def __len__(self) -> int:
        return len(self._problems)

    def raise_if_any(self) -> None:
        """Raise InvalidInputs with everything that was noted."""
        if self._problems:
            raise InvalidInputs(self._problems)
