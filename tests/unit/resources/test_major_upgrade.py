"""`tau:postgres:MajorUpgrade`: when it works, and what it says of failures; a real server shows the work itself."""

from collections.abc import Sequence
from typing import Any

import pytest

from tau import errors
from tau.kinds.manifest import merge
from tau.resources import major_upgrade
from tau.resources.custom_resource import Operation
from tau.types.postgres import MajorUpgradeArgs
from tests.unit.resources.scripted import HEALTHY, Script

SERVING = merge(HEALTHY, {"status": {"currentPrimary": "main-1"}})
DONE = {"upgradedTo": "15", "message": "not upgraded since it was made"}


class Server(Script):
    """Answers each command with an exit status and a text; `ran` are the commands."""

    def __init__(self, *answers: tuple[int, str], living: Any = SERVING) -> None:
        super().__init__(living)
        self.answers, self.ran = list(answers), list[str]()

    async def execute(self, namespace: str, pod: str, container: str, command: Sequence[str]) -> tuple[int, str]:
        assert (namespace, pod, container) == ("apps", "main-1", "postgres")
        self.ran.append(command[-1])
        return self.answers.pop(0)


def _operation(told: list[str] | None = None) -> Operation:
    return Operation(urn="urn", seconds=5, tell=(told if told is not None else []).append)


async def _update(server: Server, version: str, told: list[str] | None = None) -> Any:
    args = MajorUpgradeArgs(namespace="apps", instance="main", major_version=version)
    return await major_upgrade.MajorUpgrade(lambda *_: server).update(args, DONE, _operation(told))


async def test_a_new_server_is_left_alone() -> None:
    server = Server()
    args = MajorUpgradeArgs(namespace="apps", instance="main", major_version="15")
    assert await major_upgrade.MajorUpgrade(lambda *_: server).create(args, _operation()) == ("apps/main", DONE)
    assert server.ran == []


async def test_after_an_upgrade_extensions_are_updated_and_then_statistics_collected() -> None:
    server, told = Server((0, "updated ltree in shop from 1.2 to 1.3\n"), (0, "")), list[str]()
    outputs = await _update(server, "17", told)
    assert "ALTER EXTENSION" in server.ran[0]
    assert server.ran[1] == "exec vacuumdb --all --analyze-in-stages"
    assert told[0] == "updated extension ltree in shop from 1.2 to 1.3"
    assert outputs["upgradedTo"] == "17"
    assert "extensions updated: ltree in shop from 1.2 to 1.3; statistics collected" in outputs["message"]


async def test_from_18_on_only_missing_statistics_are_collected() -> None:
    server = Server((0, ""), (0, ""))
    assert "no extension had to be updated" in (await _update(server, "18"))["message"]
    assert server.ran[1].endswith("--missing-stats-only")


@pytest.mark.parametrize("version", ["15", "14", ""])
async def test_without_a_higher_version_nothing_is_done(version: str) -> None:
    server = Server()
    assert (await _update(server, version))["upgradedTo"] == version
    assert server.ran == []


async def test_a_failure_is_told_in_postgresqls_words_and_the_next_up_tries_again() -> None:
    with pytest.raises(errors.ClusterError, match="extensions of apps/main failed: ERROR:  no update path"):
        await _update(Server((3, "ERROR:  no update path\n")), "17")


async def test_without_a_primary_nothing_is_run() -> None:
    with pytest.raises(errors.ClusterError, match="there is no primary"):
        await _update(Server(living=HEALTHY), "17")


async def test_another_server_is_another_resource() -> None:
    upgrade = major_upgrade.MajorUpgrade(lambda *_: Server())
    assert upgrade.difference(frozenset({"instance"}), {}).replaced == {"instance"}
    assert upgrade.difference(frozenset({"majorVersion"}), {}).expired == {"message"}
