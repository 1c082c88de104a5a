"""What a server that was restored next to another one must not do: the jobs and subscriptions of that other one.

They are in the data, so a restored server would run them as well: send the same mails, or take over the replication
slot of a subscription on its publisher. https://github.com/citusdata/pg_cron and
https://www.postgresql.org/docs/current/logical-replication-subscription.html
"""

from collections.abc import Mapping
from typing import Any

from tau.archive import generations as archives

PARAMETERS = {"cron.launch_active_jobs": "off", "max_logical_replication_workers": "0"}
"""Parameters of a clone; without pg_cron the first one has no effect."""

MESSAGE = "without its pg_cron jobs and subscriptions (see docs/backups.md)"
"""What is told of a clone, after what it is restored from."""

_MARK = "clone"


def of_another(server_name: str, instance: str) -> bool:
    """Whether a generation is that of another Instance, or of a server that tau has not made, under another name."""
    return (archives.instance_of(server_name) or server_name) != instance


def marked(recovery: Mapping[str, Any]) -> Mapping[str, Any]:
    """A recovery that makes a clone. It is recorded, as the inputs that led to it may be taken out of the program."""
    return {**recovery, _MARK: True}


def marked_as(recovery: Mapping[str, Any], parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """The recovery of a live Cluster with these parameters, which say whether it was made as a clone."""
    made = PARAMETERS.items() <= parameters.items()
    return marked(recovery) if made and recovery["serverName"] else recovery


def parameters(recovery: Mapping[str, Any] | None) -> Mapping[str, str]:
    """Parameters of a server with this recovery; none where nothing is recorded, as by earlier versions of tau."""
    return PARAMETERS if recovery and recovery.get(_MARK) else {}
