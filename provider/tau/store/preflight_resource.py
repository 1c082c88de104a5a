"""`tau:postgres:SharePreflight`: tries out a share with a Job on the volume itself, before a gateway uses it."""

from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from tau import errors, naming
from tau.kubernetes.kinds import job as kind
from tau.resource import job, script_bundle
from tau.resource.contract import CustomResource, Difference, Operation
from tau.store import preflight, share_archives
from tau.types.postgres import SharePreflightArgs
from tau.values import constraints, share

_OUTPUTS = frozenset({"flags", "freeBytes", "message"})


class SharePreflight(CustomResource[SharePreflightArgs]):
    """Runs a Job on create and update; what it makes on the share stays there for good."""

    @override
    def check(self, args: SharePreflightArgs, problems: errors.Problems) -> None:
        """Refuse names that Kubernetes does not know, and folders outside of the share."""
        constraints.check(problems, "name", args.name, constraints.dns_label)
        constraints.check(problems, "namespace", args.namespace, constraints.dns_label)
        constraints.check(problems, "claimName", args.claim_name, constraints.dns_subdomain)
        constraints.check(problems, "folder", args.folder, share.folder)

    @override
    def difference(self, changed: frozenset[str], outputs: Mapping[str, Any]) -> Difference:
        """Another claim, folder or user may ask for other flags."""
        return Difference(expired=_OUTPUTS if changed else frozenset())

    @override
    async def create(self, args: SharePreflightArgs, operation: Operation) -> tuple[str, Mapping[str, Any]]:
        """Try out the share."""
        return f"{args.namespace}/{args.name}", await self._try_out(args, operation)

    @override
    async def update(
        self, args: SharePreflightArgs, outputs: Mapping[str, Any], operation: Operation
    ) -> Mapping[str, Any]:
        """Try it out again."""
        return await self._try_out(args, operation)

    async def _try_out(self, args: Any, operation: Operation) -> Mapping[str, Any]:
        script = kind.Script(
            image=args.image,
            source=script_bundle.source("tau.store.script.preflight"),
            arguments=(args.folder, kind.VOLUME_PATH),
            claim=args.claim_name,
            user=args.run_as_user,
            group=args.run_as_group,
        )
        try:
            result = await job.run_script(
                self.api, script, name=args.name, namespace=args.namespace, operation=operation
            )
        except job.JobFailed as failure:
            sentence = preflight.unmountable(failure.reasons)
            if sentence is None:
                raise
            raise errors.ClusterError(f"{sentence}\n{failure}") from None
        lacking = preflight.problem(result, user=args.run_as_user, group=args.run_as_group)
        if lacking:
            raise errors.ClusterError(lacking)
        gateway = str(args.name).removesuffix(naming.PREFLIGHT)
        await share_archives.check(self.api, naming.service_host(gateway, str(args.namespace)), result["archives"])
        outputs = {
            "flags": preflight.flags(result),
            "freeBytes": result["freeBytes"],
            "message": preflight.message(result),
        }
        operation.tell(str(outputs["message"]))
        return outputs
