"""Passwords, generated and given: they work with every printable character, and are shown to no one."""

import base64
import contextlib
import dataclasses
import json
import re
import subprocess
import urllib.parse
from collections.abc import Iterator

import pytest
import sqlalchemy

from testbed.drive import kubernetes, programs, stack
from tests.cluster.conftest import NewStack

_EVERY_CHARACTER = "".join(map(chr, range(0x21, 0x7F))) + " !"
# The CLI and the kubernetes plugin log their calls with all values at this level, as the CLI's help says; what tau logs
# is the rest. A certificate's line breaks cut such a record of a Secret, whose next key is `database`.
_CALL = re.compile(r"arshaling property for RPC|\} database:\{")
_LOUDEST = ("--diff", "-v=11", "--logtostderr", "--logflow")


@dataclasses.dataclass(frozen=True)
class Shown:
    """All that the CLI printed in the life of a stack with passwords, and what an application got."""

    texts: dict[str, str]
    passwords: dict[str, str]
    in_secret: str
    by_libpq: kubernetes.Answer
    by_sqlalchemy: str


@pytest.fixture(scope="module")
def shown(operator: None, new_stack: NewStack, namespace: str, cluster: kubernetes.Kubernetes) -> Shown:
    owned = new_stack()
    owned.configure("chosen", _EVERY_CHARACTER, secret=True)
    owned.write(_program(namespace))
    texts = {"preview": owned.preview(None, "--diff").output, "loud preview": owned.preview(None, *_LOUDEST).output}
    texts["loud up"] = owned.up(None, *_LOUDEST).output
    texts["up"] = owned.up(None, "--diff").output
    texts["export"] = owned.export()
    texts["outputs"] = owned.run("stack", "output", "--json").output
    url = str(owned.output("given"))
    client = cluster.start_client(namespace, env=owned.output("environment"))
    by_libpq = client.shell('psql "$DATABASE_URL" -Atc "SELECT current_user"')
    by_sqlalchemy = _current_user(cluster, namespace, url)
    secret = cluster.get("secret", "postgres-server-given-connection", namespace)
    passwords = {"given": _EVERY_CHARACTER, "generated": str(owned.output("password"))}
    texts["destroy"] = owned.destroy("--diff").output
    in_secret = base64.b64decode(secret["data"]["password"]).decode()
    return Shown(texts, passwords, in_secret, by_libpq, by_sqlalchemy)


def _program(namespace: str) -> stack.Program:
    return {
        "config": {"chosen": {"type": "string", "secret": True}},
        "resources": {
            "server": programs.instance(namespace),
            "given": programs.shared(namespace, "server", password="${chosen}"),
            "generated": programs.shared(namespace, "server"),
        },
        "outputs": {
            "given": "${given.connectionString}",
            "environment": "${given.environment}",
            "password": "${generated.password}",
        },
    }


def _current_user(cluster: kubernetes.Kubernetes, namespace: str, url: str) -> str:
    """Whom the server takes a program on this machine for, that uses the URL with SQLAlchemy."""
    with _forwarded(cluster, namespace, "postgres-server-rw") as port:
        engine = sqlalchemy.create_engine(
            url.replace("postgresql://", "postgresql+psycopg://"),
            connect_args={"hostaddr": "127.0.0.1", "port": port},
        )
        with engine.connect() as connection:
            return str(connection.scalar(sqlalchemy.text("SELECT current_user")))


@contextlib.contextmanager
def _forwarded(cluster: kubernetes.Kubernetes, namespace: str, service: str) -> Iterator[int]:
    command = ["kubectl", "port-forward", "--namespace", namespace, f"service/{service}", ":5432"]
    process = subprocess.Popen(command, env=cluster.variables(), stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        line = process.stdout.readline()
        match = re.search(r"127\.0\.0\.1:(\d+)", line)
        assert match, line
        yield int(match[1])
    finally:
        process.kill()
        process.wait()


def _spellings(password: str) -> set[str]:
    """A password as it is, and as URLs, JSON and Secrets write it."""
    encoded = base64.b64encode(password.encode()).decode()
    return {password, urllib.parse.quote(password, safe=""), json.dumps(password)[1:-1], encoded}


@pytest.mark.parametrize("which", ["given", "generated"])
@pytest.mark.parametrize("where", ["preview", "up", "destroy", "export", "outputs", "loud preview", "loud up"])
def test_no_password_is_shown(shown: Shown, where: str, which: str) -> None:
    assert shown.texts[where]
    leaked = [line[:300] for line in shown.texts[where].splitlines() if _shows(line, shown.passwords[which])]
    assert leaked == []


def _shows(line: str, password: str) -> bool:
    return not _CALL.search(line) and any(spelling in line for spelling in _spellings(password))


def test_a_given_password_arrives_as_it_is(shown: Shown) -> None:
    assert shown.in_secret == _EVERY_CHARACTER


def test_a_url_with_every_printable_character_works_in_libpq(shown: Shown) -> None:
    assert shown.by_libpq == kubernetes.Answer(0, "given\n")


def test_a_url_with_every_printable_character_works_in_sqlalchemy(shown: Shown) -> None:
    assert shown.by_sqlalchemy == "given"


def test_a_generated_password_is_long(shown: Shown) -> None:
    assert re.fullmatch(r"[A-Za-z0-9]{32}", shown.passwords["generated"])
