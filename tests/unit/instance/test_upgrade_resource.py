"""`tau:postgres:MajorUpgrade`: when it works, and what it says of failures; a real server shows the work itself."""

import asyncio
import dataclasses
from collections.abc import Sequence
from typing import Any

import pytest

from tau import errors
from tau.instance import upgrade_resource
from tau.kubernetes.manifest import merge
from tau.resource.contract import Operation
from tau.types.postgres import MajorUpgradeArgs
from tests.unit.scripted import HEALTHY, Script

SERVING = merge(HEALTHY, {"status": {"currentPrimary": "main-1", "targetPrimary": "main-1"}})
DONE = {"upgradedTo": "15", "message": "not upgraded since it was made", "image": ""}


class Server(Script):
    """Answers each command with a text, or fails; `ran` are the commands."""

    def __init__(self, *answers: str | Exception, living: Any = SERVING) -> None:
        super().__init__(living)
        self.answers, self.ran = list(answers), list[str]()

    async def run(
        self, namespace: str, pod: str, container: str, command: Sequence[str], *, seconds: float = 30
    ) -> str:
        assert (namespace, pod, container, seconds) == ("apps", "main-1", "postgres", 5)
        self.ran.append(command[-1])
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def _operation(told: list[str] | None = None) -> Operation:
    return Operation(urn="urn", seconds=5, tell=(told if told is not None else []).append)


async def _update(server: Server, version: str, told: list[str] | None = None) -> Any:
    args = MajorUpgradeArgs(namespace="apps", instance="main", major_version=version)
    return await upgrade_resource.MajorUpgrade(lambda *_: server).update(args, DONE, _operation(told))


async def test_a_new_server_is_left_alone() -> None:
    server = Server()
    args = MajorUpgradeArgs(namespace="apps", instance="main", major_version="15")
    assert await upgrade_resource.MajorUpgrade(lambda *_: server).create(args, _operation()) == ("apps/main", DONE)
    assert server.ran == []


async def test_after_an_upgrade_extensions_are_updated_and_then_statistics_collected() -> None:
    server, told = Server("updated ltree in shop from 1.2 to 1.3\n", ""), list[str]()
    outputs = await _update(server, "17", told)
    assert "ALTER EXTENSION" in server.ran[0]
    assert "vacuumdb --all --analyze-in-stages --quiet &&" in server.ran[1]
    assert told[0] == "updated extension ltree in shop from 1.2 to 1.3"
    assert outputs["upgradedTo"] == "17"
    assert "extensions updated: ltree in shop from 1.2 to 1.3; statistics collected" in outputs["message"]


async def test_from_18_on_only_missing_statistics_are_collected() -> None:
    server = Server("", "")
    assert "no extension had to be updated" in (await _update(server, "18"))["message"]
    assert "vacuumdb --all --analyze-in-stages --quiet --missing-stats-only &&" in server.ran[1]


async def test_a_table_that_cannot_be_analyzed_is_a_warning_and_the_upgrade_is_done() -> None:
    server = Server("", 'not analyzed ["shop", "public.bait", "no\\nfunction \\u001b[31m"]\n')
    warned, operation = list[str](), _operation()
    operation = dataclasses.replace(operation, warn=warned.append)
    args = MajorUpgradeArgs(namespace="apps", instance="main", major_version="17")
    outputs = await upgrade_resource.MajorUpgrade(lambda *_: server).update(args, DONE, operation)
    assert outputs["upgradedTo"] == "17"
    assert "statistics collected but for 1 tables" in outputs["message"]
    assert "apps/main is upgraded, but these tables lack statistics" in warned[0]
    assert "public.bait in database shop (no function [31m)" in warned[0]


@pytest.mark.parametrize("version", ["15", "14", ""])
async def test_without_a_higher_version_nothing_is_done(version: str) -> None:
    server = Server()
    assert (await _update(server, version))["upgradedTo"] == version
    assert server.ran == []


async def test_a_failure_is_told_in_postgresqls_words_and_the_next_up_tries_again() -> None:
    server = Server(errors.ClusterError("ERROR:  no update path"))
    with pytest.raises(errors.ClusterError, match="extensions of apps/main failed: ERROR:  no update path"):
        await _update(server, "17")


async def test_where_extensions_cannot_be_updated_no_statistics_are_collected() -> None:
    server = Server(errors.ClusterError("ERROR:  no update path"), "")
    with pytest.raises(errors.ClusterError):
        await _update(server, "17")
    assert len(server.ran) == 1


async def test_a_cancelled_one_says_that_it_is_done_again() -> None:
    class Slow(Server):
        async def run(self, *_: Any, **__: Any) -> str:
            await asyncio.sleep(60)
            return ""

    operation = _operation()
    operation.cancelled.set()
    args = MajorUpgradeArgs(namespace="apps", instance="main", major_version="17")
    with pytest.raises(
        errors.ClusterError, match="cancelled after 0 s while waiting until it has ended; run the same command again"
    ):
        await upgrade_resource.MajorUpgrade(lambda *_: Slow()).update(args, DONE, operation)


async def test_without_a_primary_nothing_is_run() -> None:
    with pytest.raises(errors.ClusterError, match="has no primary"):
        await _update(Server(living=HEALTHY), "17")


async def test_another_server_is_another_resource() -> None:
    upgrade = upgrade_resource.MajorUpgrade(lambda *_: Server())
    assert upgrade.difference(frozenset({"instance"}), {}).replaced == {"instance"}
    assert upgrade.difference(frozenset({"majorVersion"}), {}).expired == {"message"}


async def _another_image(server: Server, recorded: dict[str, str], warned: list[str] | None = None) -> Any:
    args = MajorUpgradeArgs(namespace="apps", instance="main", major_version="15", image="a:15.2")
    operation = dataclasses.replace(_operation(), warn=(warned if warned is not None else []).append)
    return await upgrade_resource.MajorUpgrade(lambda *_: server).update(args, {**DONE, **recorded}, operation)


async def test_extensions_follow_their_libraries_after_another_image_of_the_same_version() -> None:
    server = Server("updated vchord in shop from 1.0.0 to 1.1.1\n")
    outputs = await _another_image(server, {"image": "a:15.1"})
    assert outputs["message"] == "image changed; extensions updated: vchord in shop from 1.0.0 to 1.1.1"
    assert (outputs["image"], outputs["upgradedTo"]) == ("a:15.2", "15")
    assert "ALTER EXTENSION" in server.ran[0]


@pytest.mark.parametrize("recorded", [{}, {"image": "a:15.2"}])
async def test_an_image_that_is_not_another_one_starts_nothing(recorded: dict[str, str]) -> None:
    server = Server()
    assert await _another_image(server, recorded) == {**DONE, "image": "a:15.2"}
    assert server.ran == []


async def test_an_extension_that_stays_behind_is_a_warning_until_it_is_updated() -> None:
    warned = list[str]()
    outputs = await _another_image(Server(errors.ClusterError("no")), {"image": "a:15.1"}, warned)
    assert warned[0].startswith("some extensions are behind the libraries of the image: the update of the extensions")
    resource = upgrade_resource.MajorUpgrade(lambda *_: Server())
    assert resource.difference(frozenset(), outputs).expired == {"message"}
    assert resource.difference(frozenset(), DONE).expired == frozenset()
    again = await _another_image(Server("updated vchord in shop from 1 to 2\n"), outputs)
    assert again["message"] == "image changed; extensions updated: vchord in shop from 1 to 2"
