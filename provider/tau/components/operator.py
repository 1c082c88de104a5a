"""`tau:postgres:Operator`: registers the objects of the release manifest, and the wait until the webhook answers."""

import asyncio
import http.client
import pathlib
import urllib.request
from typing import Any

import pulumi
import yaml

from tau import errors
from tau.components.children import Children, anchored
from tau.components.construction import Construction
from tau.desired import operator
from tau.kinds import deployment
from tau.kinds.manifest import Manifest
from tau.types.postgres import OperatorArgs

TOKEN = "tau:postgres:Operator"
_SECONDS_TO_DOWNLOAD = 60


async def examine(resource: str, args: OperatorArgs, construction: Construction, problems: errors.Problems) -> None:
    """Note what is wrong with the inputs, and read the manifest or look at the operator that is there."""
    operator.check(args, problems)
    if problems:
        return
    if args.install:
        await _read_manifest(args, construction, problems)
    else:
        await _examine_installed(args, construction, problems)


async def _read_manifest(args: OperatorArgs, construction: Construction, problems: errors.Problems) -> None:
    where = operator.location(args, construction.settings.operator_manifest)
    path = "manifest" if args.manifest or not construction.settings.operator_manifest else "tau:operatorManifest"
    try:
        released = await asyncio.to_thread(_load, where)
    except (OSError, ValueError, http.client.HTTPException, yaml.YAMLError) as failure:
        problems.add(path, f"{where!r} cannot be read ({failure}); name a URL or a path of the release manifest")
        return
    tagged = operator.version_of(released)
    if tagged is None:
        problems.add(path, f"{where!r} has no Deployment {operator.DEPLOYMENT}; name CloudNativePG's release manifest")
    elif tagged != args.version:
        problems.add("version", f"{args.version!r} is not the version of the manifest {where!r}, which is {tagged!r}")
    construction.loaded.extend(released)


def _load(where: str) -> list[Manifest]:
    if "://" in where:
        with urllib.request.urlopen(where, timeout=_SECONDS_TO_DOWNLOAD) as response:
            text = response.read()
    else:
        text = pathlib.Path(where).expanduser().read_bytes()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [item for item in yaml.load_all(text, Loader=loader) if isinstance(item, dict) and "kind" in item]


async def _examine_installed(args: OperatorArgs, construction: Construction, problems: errors.Problems) -> None:
    try:
        found = await construction.api.get(
            deployment.API_VERSION, deployment.PLURAL, args.namespace, operator.DEPLOYMENT
        )
    except errors.Unreachable as refused:
        problems.add("install", f"false means that an operator runs already, but {refused}")
        return
    if not found:
        problems.add(
            "install",
            f"false means that an operator runs already, but namespace {args.namespace!r} has no Deployment "
            f"{operator.DEPLOYMENT}; set `namespace`, or leave `install` out",
        )
        return
    running = operator.version_of([dict(found) | {"kind": deployment.KIND}]) or ""
    if (operator.version(running) or (0,)) < operator.OLDEST_VERSION:
        problems.add("install", f"the operator that runs is {running!r}; tau needs 1.30.0 or newer, upgrade it first")


class Operator(pulumi.ComponentResource):
    """CloudNativePG in the cluster."""

    def __init__(
        self, name: str, args: OperatorArgs, construction: Construction, options: pulumi.ResourceOptions
    ) -> None:
        super().__init__(TOKEN, name, None, options)
        children = Children(self, construction, options)
        before: list[pulumi.Resource] = []
        made: dict[str, pulumi.CustomResource] = {}
        for group in operator.objects(construction.loaded, args):
            before = [self._object(children, name, item, before, made) for item in group]
        running = made.get(f"{deployment.KIND}/{operator.DEPLOYMENT}")
        ready = children.readiness_of(
            f"{name}-ready",
            api_version=deployment.API_VERSION,
            kind=deployment.KIND,
            namespace=args.namespace,
            object_name=operator.DEPLOYMENT,
            made=running,
            after=before,
        )
        values: dict[str, Any] = {"namespace": args.namespace, "version": args.version}
        self.outputs = {key: anchored(value, [ready]) for key, value in values.items()}
        self.register_outputs(self.outputs)

    @staticmethod
    def _object(
        children: Children,
        name: str,
        item: Manifest,
        before: list[pulumi.Resource],
        made: dict[str, pulumi.CustomResource],
    ) -> pulumi.CustomResource:
        # Deleting a CustomResourceDefinition deletes every object of its kind in the whole cluster, databases included.
        retain = True if item["kind"] == "CustomResourceDefinition" else None
        key = f"{item['kind']}/{item['metadata']['name']}"
        made[key] = children.object(f"{name}-{key.lower().replace('/', '-')}", item, after=before, retain=retain)
        return made[key]
