"""The real plugin process, started as the engine starts it."""

import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import grpc
from pulumi.runtime import proto
from pulumi.runtime.proto import provider_pb2_grpc

ROOT = pathlib.Path(__file__).resolve().parents[2]
URN = "urn:pulumi:dev::garden::pulumi:providers:tau::default_0_1_0"
ID = "5f6c1c1e-0000-4000-8000-000000000001"
COMMAND = (str(ROOT / "pulumi-resource-tau"),)
_OPTIONS = [("grpc.max_receive_message_length", 400 * 1024 * 1024)]


class Plugin:
    """A running plugin: `calls` is its service, `pid` its process, `errors` the file with its standard error."""

    def __init__(self, process: "subprocess.Popen[str]", errors: pathlib.Path) -> None:
        assert process.stdout
        self._process = process
        self._errors = errors
        self.pid = process.pid
        self.first_line = process.stdout.readline()
        self.calls = provider_pb2_grpc.ResourceProviderStub(
            grpc.insecure_channel(f"127.0.0.1:{int(self.first_line)}", options=_OPTIONS)
        )

    def configure(self, values: Mapping[str, str] | None = None) -> proto.ConfigureResponse:
        """Make it the provider instance with the URN and ID above, configured with `tau:` keys."""
        variables = {f"tau:config:{key}": value for key, value in (values or {}).items()}
        response: proto.ConfigureResponse = self.calls.Configure(
            proto.ConfigureRequest(variables=variables, urn=URN, id=ID, acceptSecrets=True)
        )
        return response

    def printed(self) -> str:
        """What it has written to standard error so far."""
        return self._errors.read_text()

    def ended(self, *, seconds: float) -> int:
        """What it returns, once it has ended by itself."""
        return self._process.wait(timeout=seconds)

    def stop(self) -> str:
        """End it, and what it had still to write to standard output."""
        self._process.terminate()
        return self._process.communicate(timeout=10)[0]


def hurried(*, patience: float) -> list[str]:
    """Command for the plugin, but looking ten times a second, and giving up on a failure that lasts this long."""
    return changed(
        "from tau.readiness import resource as readiness",
        f"readiness._POLL_SECONDS, readiness._PATIENCE_SECONDS = 0.1, {patience}",
    )


def changed(*lines: str) -> list[str]:
    """Command for the plugin after these lines of Python."""
    path = f"sys.path.insert(0, {str(ROOT / 'provider')!r})"
    return [
        sys.executable,
        "-B",
        "-c",
        "\n".join(["import sys", path, "from tau.plugin import serve", *lines, "serve.main()"]),
    ]


@contextmanager
def started(
    engine: str,
    folder: pathlib.Path,
    *flags: str,
    command: Sequence[str] = COMMAND,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Plugin]:
    """A plugin without any cluster of its own: what it asks is what a test gives it."""
    own = {"PATH": os.environ["PATH"], "HOME": str(folder), "KUBECONFIG": str(folder / "absent")}
    errors = folder / "stderr"
    with errors.open("w") as sink:
        process = subprocess.Popen(
            [*command, *flags, engine],
            stdout=subprocess.PIPE,
            stderr=sink,
            text=True,
            env={**own, **(environment or {})},
            cwd=folder,
        )
        plugin = Plugin(process, errors)
        try:
            yield plugin
        finally:
            if process.poll() is None:
                plugin.stop()
            if process.stdout:
                process.stdout.close()
