"""What a check found: handed from one container to the other as a file, and to people as a ConfigMap."""

import dataclasses
import json
import pathlib
from collections.abc import Mapping
from typing import Any

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


@dataclasses.dataclass
class Report:
    """The state of a check; `result` is empty while it is at work, and `message` then says at what.

    `seconds` is the time to a restored server, `bytes` the size of its databases.
    """

    started: str
    result: str = ""
    message: str = "starting"
    server: str = ""
    backup: str = ""
    seconds: int | None = None
    bytes: int | None = None

    def data(self, finished: str) -> dict[str, str]:
        """The data of the ConfigMap."""
        values = {
            "result": self.result,
            "message": self.message,
            "started": self.started,
            "finished": finished,
            "backupId": self.backup,
            "serverName": self.server,
            "secondsToRestore": self.seconds,
            "bytes": self.bytes,
        }
        return {key: "" if value is None else str(value) for key, value in values.items()}


class File:
    """The report on its way from `check` to `record`."""

    def __init__(self, path: pathlib.Path) -> None:
        self._path = path

    def write(self, report: Report) -> None:
        """Replace the report, all at once."""
        draft = self._path.with_suffix(".draft")
        draft.write_text(json.dumps(dataclasses.asdict(report)))
        draft.replace(self._path)

    def read(self) -> Report | None:
        """The report as it is, or None before there is any."""
        try:
            return Report(**json.loads(self._path.read_text()))
        except FileNotFoundError:
            return None


def conclude(report: Report | None, *, ended: Mapping[str, Any] | None, late: bool, now: str, minutes: int) -> Report:
    """The final report.

    `ended` is how Kubernetes says that the container of the check ended, None where it is still at work; `late` says
    that its time is up.
    """
    result = report or Report(started=now)
    if result.result:
        return result
    doing = result.message
    if late:
        why = f"not finished within {minutes} minutes, while {doing}"
    elif ended is None:
        why = f"stopped from outside, while {doing}"
    else:
        reason = ended.get("reason") or "Error"
        why = f"the check itself was ended ({reason}, exit code {ended.get('exitCode')}), while {doing}"
    return dataclasses.replace(result, result=FAILED, message=why)
