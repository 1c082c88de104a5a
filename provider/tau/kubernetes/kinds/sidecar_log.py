"""What the sidecar of the Barman Cloud plugin writes: lines of JSON, with what barman says in the field `msg`.

https://cloudnative-pg.io/plugin-barman-cloud/docs/troubleshooting/
"""

import json

CONTAINER = "plugin-barman-cloud"
_ARCHIVER = "barman-cloud-wal-archive"
_ERROR = "ERROR: "


def archive_error(log: str) -> str | None:
    """The newest reason why a segment could not be archived, in barman's words."""
    for line in reversed(log.splitlines()):
        if _ARCHIVER not in line or _ERROR not in line:
            continue
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        text = entry.get("msg") if isinstance(entry, dict) and entry.get("logger") == _ARCHIVER else None
        if isinstance(text, str) and _ERROR in text:
            return text.partition(_ERROR)[2].strip()
    return None
