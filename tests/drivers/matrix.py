"""The matrix: each client as tau injects, with the certificate of another CA, and by another name of the server."""

import concurrent.futures
import os
import pathlib
from collections.abc import Sequence

from tau.credentials import certificate_pair
from tests.drivers import build, connect, table
from tests.drivers.clients import Client

_AT_ONCE = os.cpu_count() or 2


def outcomes(chosen: Sequence[Client], at: connect.Place, scratch: pathlib.Path) -> dict[Client, table.Outcome | str]:
    """What each client did, or why it did not connect."""
    for folder in {client.folder for client in chosen}:
        build.built(folder)
    stranger = certificate_pair.issue("stranger", ["stranger"], days=1).certificate

    def outcome(client: Client) -> table.Outcome | str:
        plain = connect.run(client, at, scratch)
        if not plain.encrypted:
            return plain.error or plain.output
        with_another_ca = connect.run(client, at, scratch, ca=stranger)
        by_another_name = connect.run(client, at, scratch, renamed=True)
        return table.Outcome(True, not with_another_ca.encrypted, not by_another_name.encrypted)

    with concurrent.futures.ThreadPoolExecutor(_AT_ONCE) as workers:
        return dict(zip(chosen, workers.map(outcome, chosen), strict=True))
