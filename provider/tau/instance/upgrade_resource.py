"""`tau:postgres:MajorUpgrade`: what is left to do within a server that runs another image, or comes from `pg_upgrade`.

Extensions follow their libraries after each change of the image; CloudNativePG updates one only to a version that its
Database names, which no program knows. After another major version there are statistics to collect.

https://www.postgresql.org/docs/current/pgupgrade.html (steps 14 and 15) and
https://cloudnative-pg.io/docs/1.30/postgres_upgrades/#post-upgrade-actions
"""

from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from tau import errors
from tau.instance import extension_update, statistics
from tau.kubernetes.api import KubernetesApi
from tau.resource import polling, primary
from tau.resource.contract import CustomResource, Difference, Operation
from tau.types.postgres import MajorUpgradeArgs
from tau.values import constraints

_IDENTITY = frozenset({"instance", "namespace"})
_STATISTICS_ARE_KEPT_SINCE = 18
_LONGEST = 2000
_PARTS_OF_TIME = 5
_BEHIND = "some extensions are behind the libraries of the image"


class MajorUpgrade(CustomResource[MajorUpgradeArgs]):
    """Works when the major version has risen; it owns nothing in the cluster."""

    @override
    def check(self, args: MajorUpgradeArgs, problems: errors.Problems) -> None:
        """Refuse what an Instance could not see before, as it was not known."""
        constraints.check(problems, "instance", args.instance, constraints.instance_name)
        constraints.check(problems, "namespace", args.namespace, constraints.dns_label)

    @override
    def difference(self, changed: frozenset[str], outputs: Mapping[str, Any]) -> Difference:
        """Another server was upgraded, or not, on its own."""
        behind = str(outputs.get("message", "")).startswith(_BEHIND)
        upgraded = frozenset({"message"}) if behind or changed & {"image", "majorVersion"} else frozenset[str]()
        return Difference(replaced=_IDENTITY & changed, expired=upgraded)

    @override
    async def create(self, args: MajorUpgradeArgs, operation: Operation) -> tuple[str, Mapping[str, Any]]:
        """A server that is new, or new to tau, has not been upgraded."""
        made = _outputs(str(args.major_version), "not upgraded since it was made", args)
        return f"{args.namespace}/{args.instance}", made

    @override
    async def update(
        self, args: MajorUpgradeArgs, outputs: Mapping[str, Any], operation: Operation
    ) -> Mapping[str, Any]:
        """Update extensions and collect statistics again; both can be repeated."""
        old, new = str(outputs["upgradedTo"]), str(args.major_version)
        if not old.isdigit() or not new.isdigit() or int(new) <= int(old):
            return _outputs(new, await self._follow(args, outputs, operation), args)
        server = _Server(self.api, args, operation)
        updated = await server.update_extensions()
        operation.tell("collecting statistics, which pg_upgrade does not keep")
        failed = await _collect(server, new, operation)
        if failed:
            operation.warn(statistics.warning(f"{args.namespace}/{args.instance}", failed))
        extensions = _described(updated)
        collected = f"statistics collected but for {len(failed)} tables" if failed else "statistics collected"
        return _outputs(new, f"upgraded from {old} to {new}; {extensions}; {collected}", args)

    async def _follow(self, args: MajorUpgradeArgs, outputs: Mapping[str, Any], operation: Operation) -> str:
        """Update the extensions after another image of the same version; what fails is a warning until it succeeds."""
        message, before = str(outputs["message"]), outputs.get("image")
        changed = bool(before and args.image) and before != args.image
        if not changed and not message.startswith(_BEHIND):
            return message
        try:
            return f"image changed; {_described(await _Server(self.api, args, operation).update_extensions())}"
        except polling.Cancelled:
            raise
        except errors.ClusterError as failure:
            behind = f"{_BEHIND}: {failure}"
            operation.warn(f"{behind}; tried again with each `pulumi up`")
            return behind


class _Server:
    """Runs scripts in the primary's Pod, as `postgres`."""

    def __init__(self, api: KubernetesApi, args: MajorUpgradeArgs, operation: Operation) -> None:
        self._api, self._operation = api, operation
        self._namespace, self._instance = str(args.namespace), str(args.instance)

    async def update_extensions(self) -> list[str]:
        """The extensions that were behind their libraries, in words."""
        written = await self.run("the update of the extensions", extension_update.SCRIPT)
        lines = [line for line in written.splitlines() if line.startswith(extension_update.UPDATED)]
        updated = [line.removeprefix(extension_update.UPDATED) for line in lines]
        for line in updated:
            self._operation.tell(f"updated extension {line}")
        return updated

    async def run(self, what: str, script: str) -> str:
        """What a script that succeeds writes."""
        subject, seconds = f"{what} of {self._namespace}/{self._instance}", self._operation.seconds
        running = primary.run(self._api, self._namespace, self._instance, ["sh", "-c", script], seconds=seconds)
        try:
            return await polling.unless_cancelled(running, self._operation, subject=subject, until="until it has ended")
        except polling.Cancelled:
            raise
        except errors.ClusterError as failure:
            raise errors.ClusterError(f"{subject} failed: {str(failure)[-_LONGEST:]}") from failure


async def _collect(server: _Server, major: str, operation: Operation) -> list[str]:
    """The tables without all of their statistics."""
    script = statistics.script(
        # One table that takes for ever leaves time for all others, twice.
        seconds=max(1, int(operation.seconds / _PARTS_OF_TIME)),
        missing_only=int(major) >= _STATISTICS_ARE_KEPT_SINCE,
    )
    return statistics.failed(await server.run("the collection of statistics", script))


def _described(updated: list[str]) -> str:
    return f"extensions updated: {', '.join(updated)}" if updated else "no extension had to be updated"


def _outputs(major: str, message: str, args: MajorUpgradeArgs) -> Mapping[str, Any]:
    return {"upgradedTo": major, "message": message, "image": args.image or ""}
