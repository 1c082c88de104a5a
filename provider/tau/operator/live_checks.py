"""`tau:postgres:Operator` with `install: false`: the operator that somebody else installed, wherever it runs.

See `running` for how it is found.
"""

import dataclasses

from tau import errors
from tau.component.context import Construction
from tau.kubernetes.manifest import Manifest
from tau.operator import objects as operator
from tau.operator import release, running
from tau.types.postgres import OperatorArgs

_DEFAULT_NAMESPACE = OperatorArgs().namespace


async def examine(args: OperatorArgs, construction: Construction, problems: errors.Problems) -> Manifest | None:
    """Find the operator, and note what is wrong with it; its Deployment, None where it is not the only one."""
    every = {
        running.name(deployed): deployed
        for deployed in [*await _labelled(args, construction), *await running.behind_webhook(construction.api)]
    }
    here = {name: deployed for name, deployed in every.items() if deployed["metadata"]["namespace"] == args.namespace}
    candidates = here or (every if args.namespace == _DEFAULT_NAMESPACE else {})
    if len(candidates) != 1:
        problems.add("install", f"false requires a running operator, but {_why(args, candidates, every)}")
        return None
    ((name, item),) = candidates.items()
    version = operator.image_version(item)
    if (release.version(version) or (0,)) < operator.OLDEST_VERSION:
        problems.add("install", f"the running operator is {version!r}; tau needs 1.30.0 or newer, upgrade {name} first")
    others = sorted(every.keys() - candidates.keys())
    if others:
        construction.warnings.append(
            f"the operator {name} is used, and there is another one: {', '.join(others)}; two that watch the same "
            "namespaces conflict with each other"
        )
    return item


def resolved(args: OperatorArgs, deployed: Manifest) -> OperatorArgs:
    """The arguments with the namespace and version of the operator that was found."""
    return dataclasses.replace(
        args, namespace=deployed["metadata"]["namespace"], version=operator.image_version(deployed)
    )


async def _labelled(args: OperatorArgs, construction: Construction) -> list[Manifest]:
    """Deployments with the label of the operator, in all namespaces or where this user may look."""
    try:
        return await running.labelled(construction.api)
    except errors.Unreachable:
        raise
    except errors.ClusterError:
        return await running.labelled(construction.api, args.namespace)


def _why(args: OperatorArgs, candidates: dict[str, Manifest], every: dict[str, Manifest]) -> str:
    if candidates:
        return f"there are several: {', '.join(sorted(candidates))}; set `namespace` to that of the one to use"
    if every:
        there = ", ".join(sorted(every))
        return f"namespace {args.namespace!r} has none: there is {there}; set `namespace` to where it is"
    labels = ", ".join(f"{key}: {value}" for key, value in operator.POD_LABELS.items())
    return f"no namespace has a Deployment with the label {labels}; install it, or remove `install`"
