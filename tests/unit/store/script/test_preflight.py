"""`tau.store.script.preflight`: on a folder of this machine, and on ones that refuse."""

import errno
import json
import os
import pathlib
import time
from typing import Any

import pytest

from tau.store.script import preflight


def answer(capsys: pytest.CaptureFixture[str]) -> Any:
    """The last line that was written."""
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def refuse(monkeypatch: pytest.MonkeyPatch, target: Any, name: str, number: int) -> None:
    """Let a call fail as a share would."""

    def failing(*_: Any, **__: Any) -> Any:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(target, name, failing)


def test_it_makes_the_folders_of_a_store_and_leaves_nothing_else(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    preflight.main("home/main", str(tmp_path))
    found = answer(capsys)
    assert found.keys() == {"unnamedFiles", "copyFileRange", "extendedAttributes", "freeBytes", "archives", "closed"}
    assert found["freeBytes"] > 0
    made = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
    assert made == {"home", "home/main", "home/main/.meta", "home/main/buckets", "home/main/buckets/postgres"}


def test_it_tells_the_archives_that_lie_there_and_whose_they_are(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bucket = tmp_path / "home/main/buckets/postgres"
    for folder in ("a-15-1/base/20261123T030000", "a-15-1/base/20261124T030000", "b-15-1/wals", ".preflight-x"):
        (bucket / folder).mkdir(parents=True)
    (bucket / "a-15-1/base/20261123T030000/backup.info").write_text("status=DONE\nsystemid=7000000000000000001\n")
    preflight.main("home/main", str(tmp_path))
    assert answer(capsys)["archives"] == {"a-15-1": "7000000000000000001", "b-15-1": ""}


def test_what_is_in_the_store_already_stays(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "home/main/buckets/postgres/shop-15-1/base"
    kept.mkdir(parents=True)
    preflight.main("home/main", str(tmp_path))
    assert "failed" not in answer(capsys)
    assert kept.is_dir()


def test_folders_that_a_squashed_root_cannot_enter_are_told(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "home").mkdir(0o700)
    preflight.main("home/main", str(tmp_path))
    assert answer(capsys)["closed"] == ["/home"]


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOSPC, errno.EIO])
def test_a_share_that_refuses_is_told_with_whose_it_is(
    number: int, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refuse(monkeypatch, pathlib.Path, "mkdir", number)
    preflight.main("home/main", str(tmp_path))
    failed = answer(capsys)["failed"]
    assert (failed["step"], failed["folder"]) == ("make a folder", "/")
    assert failed["error"] == errno.errorcode[number]
    assert failed["owner"] == tmp_path.stat().st_uid


def test_a_file_in_the_way_is_told(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "home").write_text("")
    preflight.main("home/main", str(tmp_path))
    assert answer(capsys)["failed"]["error"] == "ENOTDIR"


@pytest.mark.parametrize(("target", "step"), [("rename", "write into"), ("write_bytes", "write into")])
def test_a_share_that_fills_up_meanwhile_is_told(
    target: str, step: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refuse(monkeypatch, pathlib.Path, target, errno.ENOSPC)
    preflight.main("main", str(tmp_path))
    failed = answer(capsys)["failed"]
    assert (failed["step"], failed["error"]) == (step, "ENOSPC")


@pytest.mark.parametrize(
    ("call", "ability"),
    [("link", "unnamedFiles"), ("copy_file_range", "copyFileRange"), ("setxattr", "extendedAttributes")],
)
def test_what_the_share_cannot_do_is_no_failure(
    call: str, ability: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refuse(monkeypatch, os, call, errno.EOPNOTSUPP)
    preflight.main("main", str(tmp_path))
    assert answer(capsys)[ability] is False


@pytest.mark.parametrize("broken", [lambda *_: 0, lambda *_: time.sleep(60)])
def test_a_copy_that_stops_or_hangs_is_not_waited_for(
    broken: Any, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(preflight, "_SECONDS_FOR_A_COPY", 0.5)
    monkeypatch.setattr(os, "copy_file_range", broken)
    preflight.main("main", str(tmp_path))
    assert answer(capsys)["copyFileRange"] is False
