"""`tau.resource.primary`: how every session in a living server begins, and that there is no other way to one."""

import pathlib
import re
from collections.abc import Sequence

from tau.kubernetes.manifest import merge
from tau.resource import primary
from tests.unit.scripted import HEALTHY, Script

PROVIDER = pathlib.Path(primary.__file__).resolve().parents[1]
CALL = re.compile(r"\b(psql|vacuumdb|reindexdb) -|\"(psql|vacuumdb)\"|import (psycopg2?|asyncpg|pg8000)")
USES = {
    # Run by `primary`, or written to be.
    "backup/taker.py",
    "instance/extension_update.py",
    "database/live_roles.py",
    "instance/statistics.py",
    "credentials/server_roles.py",
    # Begins its own sessions in the same way, from another Pod.
    "restore_check/script/connection.py",
}


class Server(Script):
    """Notes commands."""

    ran: Sequence[str] = ()

    async def run(
        self, namespace: str, pod: str, container: str, command: Sequence[str], *, seconds: float = 30
    ) -> str:
        self.ran = command
        return ""


async def test_every_command_connects_with_the_settings_of_tau() -> None:
    server = Server(merge(HEALTHY, {"status": {"currentPrimary": "main-1", "targetPrimary": "main-1"}}))
    await primary.run(server, "apps", "main", ["psql", "-c", "SELECT 1"])
    env, options, *command = server.ran
    assert (env, command) == ("env", ["psql", "-c", "SELECT 1"])
    assert options.startswith("PGOPTIONS=-c search_path= -c role=none -c ")


def test_no_module_runs_sql_by_another_way() -> None:
    calling = {
        path.relative_to(PROVIDER).as_posix() for path in PROVIDER.rglob("*.py") if CALL.search(path.read_text())
    }
    assert calling == USES
