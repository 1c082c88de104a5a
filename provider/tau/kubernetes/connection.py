"""The connection to the cluster: opened when first used, and patience with an API server that is away for a while."""

import asyncio
import copy
import errno
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import yaml

from tau import errors

_SECONDS_TO_ANSWER = 10
_SECONDS_TO_GIVE_UP = 5
# An API server that restarts on a small machine is back after half a minute.
_PATIENCE_SECONDS = 60.0
_FIRST_PAUSE_SECONDS = 0.25
_LONGEST_PAUSE_SECONDS = 3.0
# Too many requests, and what an API server or a proxy before it says that cannot serve at the moment.
_BUSY = (429, 502, 503, 504)
# In the words of kr8s, which has no error of its own for it.
_NOTHING_CONFIGURED = "Unable to find valid credentials"

_T = TypeVar("_T")


class NotFound(errors.ClusterError):
    """No such object, or no such kind."""


class Conflict(errors.ClusterError):
    """The object exists, or has been changed by another client in the meantime."""


class ServerFailure(errors.ClusterError):
    """The API server, its store or a webhook failed, which may pass."""


class UnreadableKubeconfig(errors.Unreachable):
    """There is a kubeconfig, but no way to a cluster in it."""


_REFUSALS: Mapping[int, type[errors.ClusterError]] = {404: NotFound, 409: Conflict, 500: ServerFailure}


class Connection:
    """A client that is opened once; `kubeconfig` is text, a path, or None for the usual places.

    `identity` caches what the cluster answered: it stays the same for as long as there is the connection.
    """

    def __init__(self, *, kubeconfig: str | None, context: str | None) -> None:
        self.identity: str | None = None
        self._kubeconfig = kubeconfig
        self._context = context
        self._client: Any = None
        self._opening = asyncio.Lock()
        self._refused: errors.Unreachable | None = None
        self._refused_at = 0.0

    async def client(self) -> Any:
        """The client of kr8s; who asks again right after a failure is told the same without another attempt."""
        async with self._opening:
            if self._refused and time.monotonic() - self._refused_at < _SECONDS_TO_GIVE_UP:
                # One that is raised again and again would keep the frames of everyone who was told.
                raise copy.copy(self._refused)
            if self._client is None:
                try:
                    self._client = await self._opened()
                except errors.Unreachable as refused:
                    self._refused, self._refused_at = copy.copy(refused), time.monotonic()
                    raise
        return self._client

    async def _opened(self) -> Any:
        import httpx
        import kr8s.asyncio

        kubeconfig = _read(self._kubeconfig)
        try:
            # Asked for nothing in particular, kr8s hands out the first client it has, whose cluster may be another.
            opening = kr8s.asyncio.api(kubeconfig=kubeconfig, context=self._context, namespace="default")
            client = await asyncio.wait_for(opening, _SECONDS_TO_ANSWER)
        except (httpx.HTTPError, kr8s.APITimeoutError, kr8s.ServerError, ConnectionError, TimeoutError) as away:
            raise errors.Unreachable(_unreachable(away)) from away
        except (OSError, ValueError, KeyError) as failure:
            none = str(failure) == _NOTHING_CONFIGURED
            # An inline kubeconfig holds credentials, of which a message about it may show some.
            inline = not isinstance(kubeconfig, str | None)
            why = type(failure)() if inline and not isinstance(failure, OSError) else failure
            raise (errors.NoCluster if none else UnreadableKubeconfig)(_unreachable(why)) from None
        except (AttributeError, TypeError) as failure:
            raise UnreadableKubeconfig(_unreachable(type(failure)("its kubeconfig cannot be read"))) from None
        client.timeout = _SECONDS_TO_ANSWER
        return client


def _read(kubeconfig: str | None) -> Any:
    """The content of a kubeconfig that is given as text, else its path."""
    if not kubeconfig or not ("\n" in kubeconfig or kubeconfig.lstrip().startswith("{")):
        return kubeconfig
    try:
        content = yaml.safe_load(kubeconfig)
    except yaml.MarkedYAMLError as failure:
        # In the words of the parser there is a piece of the text.
        line = f", at line {failure.problem_mark.line + 1}" if failure.problem_mark else ""
        raise UnreadableKubeconfig(f"the kubeconfig is not YAML{line}; check `tau:kubeconfig`") from None
    except yaml.YAMLError:
        raise UnreadableKubeconfig("the kubeconfig is not YAML; check `tau:kubeconfig`") from None
    if not isinstance(content, dict):
        raise UnreadableKubeconfig("the kubeconfig is not an object; check `tau:kubeconfig`")
    return content


def _unreachable(failure: Exception) -> str:
    return (
        f"no Kubernetes cluster can be reached ({_words(failure)}); "
        "set `tau:kubeconfig` and `tau:context`, or KUBECONFIG"
    )


def _words(failure: Exception) -> str:
    if isinstance(failure, OSError) and failure.errno == errno.ENAMETOOLONG:
        # Such as a kubeconfig in Base64, which the failure quotes with its credentials.
        return "the kubeconfig is neither YAML nor the path of a file"
    return str(failure) or type(failure).__name__


class Patience:
    """Tries again what an API server that is away, busy or failing did not do; `cancelled` ends it at once."""

    def __init__(self, cancelled: asyncio.Event, *, seconds: float = _PATIENCE_SECONDS) -> None:
        self._cancelled = cancelled
        self._seconds = seconds

    async def outlast(self, call: Callable[[], Awaitable[_T]]) -> _T:
        """What the call returns in the end; a failure that lasts says for how long it was tried."""
        deadline, pause = time.monotonic() + self._seconds, _FIRST_PAUSE_SECONDS
        while True:
            try:
                return await call()
            except (errors.NoCluster, UnreadableKubeconfig):
                raise
            except (errors.Unreachable, ServerFailure) as failure:
                if time.monotonic() + pause > deadline:
                    advice = f"tried for {self._seconds:.0f} s; run the same command again once it answers"
                    raise type(failure)(f"{failure} ({advice})") from failure
                if await self._cancelled_within(pause):
                    raise
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    async def _cancelled_within(self, seconds: float) -> bool:
        try:
            return await asyncio.wait_for(self._cancelled.wait(), seconds)
        except TimeoutError:
            return False


@contextmanager
def translated_errors() -> Iterator[None]:
    """Failures of the client, and refusals of the API server, as errors of tau."""
    import httpx
    import kr8s

    try:
        yield
    except kr8s.ServerError as failure:
        raise _refusal(failure) from failure
    except (httpx.HTTPError, kr8s.APITimeoutError, kr8s.ConnectionClosedError, OSError) as failure:
        raise errors.Unreachable(f"Kubernetes does not answer: {str(failure) or type(failure).__name__}") from failure


def _refusal(failure: Any) -> errors.ClusterError:
    status = failure.response.status_code if failure.response is not None else 0
    if status in _BUSY:
        return errors.Unreachable(f"Kubernetes does not answer: {_message(failure)}")
    return _REFUSALS.get(status, errors.ClusterError)(_message(failure))


def _message(failure: Any) -> str:
    """The API server's own words; those of a failed webhook come with status 500."""
    try:
        return str(failure.response.json()["message"])
    except (AttributeError, KeyError, TypeError, ValueError):
        return str(failure)
