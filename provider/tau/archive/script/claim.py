"""Claims the next generation of an Instance: a small file next to its base backups and WAL records its owner.

Two Kubernetes clusters on one store would else take the same number. Barman looks into `base/` and `wals/` only. Runs
inside the cluster. Request: that of a store, `instance`, `majorVersion`, `above` (generations that are taken elsewhere)
and `owner`, which is written down.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from tau.archive.script import store as archive_store
from tau.archive.script.store import Store

_MOST_TRIES = 20


def claim(store: Store, request: Mapping[str, Any]) -> dict[str, Any]:
    """The name of the generation; one that was claimed for the same owner and is empty is taken again."""
    pattern = re.compile(rf"{re.escape(request['instance'])}-{re.escape(request['majorVersion'])}-([1-9][0-9]*)")
    folders = set(store.folders())
    matches = [match for folder in (*folders, *request["above"]) if (match := pattern.fullmatch(folder))]
    number = max((int(match[1]) for match in matches), default=0)
    name = f"{request['instance']}-{request['majorVersion']}"
    if f"{name}-{number}" in folders and _is_free(store, f"{name}-{number}", request["owner"]):
        return {"claimed": f"{name}-{number}"}
    for free_name in (f"{name}-{number + step}" for step in range(1, _MOST_TRIES)):
        if store.owner(free_name) is None:
            store.write(f"{free_name}/{archive_store.OWNER}", json.dumps(request["owner"]).encode())
        # If two wrote at the same moment, both see the same last one.
        if store.owner(free_name) == request["owner"]:
            return {"claimed": free_name}
    raise ValueError(f"every generation after {name}-{number} is claimed by another cluster")


def _is_free(store: Store, server_name: str, wanted: Any) -> bool:
    return store.owner(server_name) == wanted and all(
        file.path == archive_store.OWNER for file in store.files(server_name)
    )


if __name__ == "__main__":
    archive_store.run(claim)
