"""`cleanup`: arguments -> inputs of CleanupGuards, and what these say.

https://cloudnative-pg.io/docs/1.30/declarative_hibernation/.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tau.cleanup import inputs as cleanup_inputs
from tau.fields import Input
from tau.kubernetes.kinds import object_store
from tau.kubernetes.manifest import Manifest
from tau.types.postgres import Cleanup, CleanupGuardArgs

BACKUP = "tau/last-backup"
"""Annotation of a Cluster that is deleted without a last backup where it is `false`."""


def keeps(cleanup: Cleanup | None) -> bool:
    """Whether a deletion leaves the objects that hold data."""
    return (cleanup or Cleanup()).policy != cleanup_inputs.IMMEDIATE


def keeps_running(cleanup: Cleanup | None) -> bool:
    """Whether a deletion leaves the server as it runs, with all that works for it."""
    return (cleanup or Cleanup()).policy == cleanup_inputs.RETAIN


def guard(
    metadata: Mapping[str, Any],
    cleanup: Cleanup | None,
    *,
    archives: bool,
    owner: str,
    resource: str,
    retained: Sequence[Manifest],
) -> dict[str, Input[Any]]:
    """Inputs of the CleanupGuard of a Cluster with this metadata; `retained` are the objects that a deletion leaves.

    `owner` can resume them, `resource` is the URN of the resource that the Cluster belongs to.
    """
    options = cleanup or Cleanup()
    inputs: dict[str, Input[Any]] = {
        "instance": metadata["name"],
        "namespace": metadata["namespace"],
        "backup": options.backup if archives else False,
        "backupTimeout": options.backup_timeout,
        "onBackupFailure": options.on_backup_failure,
        "image": object_store.SIDECAR_IMAGE,
        "owner": owner,
        "resource": resource,
    }
    if keeps(cleanup):
        inputs["keep"] = [
            {"apiVersion": item["apiVersion"], "kind": item["kind"], "name": item["metadata"]["name"]}
            for item in retained
        ]
    if options.policy == cleanup_inputs.DELAYED:
        inputs["keepFor"] = options.after
    return inputs


def message(args: CleanupGuardArgs) -> str:
    """What a deletion does."""
    first = "takes a final backup, and then " if args.backup else ""
    if not args.keep:
        return f"a deletion {first}deletes the server with its volumes and Secrets"
    if args.keep_for is None:
        return f"a deletion {first}leaves the server as it runs, with everything that belongs to it"
    return f"a deletion {first}hibernates the server, and keeps it with its volumes and Secrets for {args.keep_for}"


def refusal(args: CleanupGuardArgs, reason: str) -> str:
    """Why nothing is deleted, and what to do."""
    return (
        f"{args.namespace}/{args.instance} was not deleted, because its final backup failed: {reason}\n"
        "Nothing of it was deleted. Repair the store and destroy again; or give up the data that is not in the archive "
        "yet: set `cleanup.backup` to false, or `cleanup.onBackupFailure` to `continue`, and run `pulumi up` first; "
        f"or, without a program: kubectl annotate cluster {args.instance} --namespace {args.namespace} {BACKUP}=false"
    )


def warning(args: CleanupGuardArgs, reason: str) -> str:
    """That the deletion proceeds without it."""
    return (
        f"{args.namespace}/{args.instance} is deleted without a final backup, as `onBackupFailure` is `continue`; "
        f"the backup failed: {reason}"
    )
