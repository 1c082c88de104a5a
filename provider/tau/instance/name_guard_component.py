"""Registers the NameGuard of a component before everything else that it is made of, but the Ownership of its objects.

What these give has options with which the other children come after it, so that nothing happens where it refuses.
"""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from tau import fields
from tau.component.children import Children, translated
from tau.component.context import Construction
from tau.fields import Input
from tau.instance import objects as instance
from tau.types.postgres import InstanceArgs

_IMAGE = {"image": "image", "version": "image"}


def of_instance(
    parent: pulumi.Resource,
    name: str,
    wanted: instance.InstanceObjects,
    args: InstanceArgs,
    construction: Construction,
    options: pulumi.ResourceOptions,
) -> tuple[pulumi.ResourceOptions, Input[str] | None]:
    """Hold on to what a Cluster is found by, and find out its image by a digest; None where objects become files."""
    metadata = wanted.cluster["metadata"]
    inputs = {"namespace": metadata["namespace"], "instance": metadata["name"]}
    if instance.from_catalog(args):
        # The catalog says which image that is, also that of a running server.
        return _first(parent, name, "names", inputs, construction, options)[1], None
    inputs["image"] = wanted.image
    if needed := instance.pod_spec(args):
        inputs["podSpec"] = needed
    ignored = translated(options.ignore_changes, _IMAGE)
    guard, following = _first(parent, name, "names", inputs, construction, options, ignored)
    if construction.settings.rendered:
        return following, None
    return following, fields.Deferred(handle=guard.image)  # type: ignore[attr-defined]


def of_database(
    parent: pulumi.Resource,
    name: str,
    names: Mapping[str, Input[str]],
    construction: Construction,
    options: pulumi.ResourceOptions,
) -> pulumi.ResourceOptions:
    """Hold on to what a database is found by, and to its owner: `namespace`, `instance`, `database`, `owner`."""
    return _first(parent, name, "database-names", names, construction, options)[1]


def _first(
    parent: pulumi.Resource,
    name: str,
    suffix: str,
    names: Mapping[str, Input[Any]],
    construction: Construction,
    options: pulumi.ResourceOptions,
    ignored: Sequence[str] = (),
) -> tuple[pulumi.CustomResource, pulumi.ResourceOptions]:
    children = Children(parent, construction, options)
    construction.inventory.open(children, name)
    inputs = {**names, **construction.kubernetes_access()}
    outputs = ["image"] if "image" in names else []
    guard = children.own("NameGuard", f"{name}-{suffix}", inputs, outputs=outputs, ignore_changes=ignored, acts=True)
    dependencies = options.depends_on or []
    assert isinstance(dependencies, Sequence)
    copied = copy.copy(options)
    copied.depends_on = [*dependencies, guard]
    return guard, copied
