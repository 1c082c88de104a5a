"""Registers the NameGuard of a component before everything else that it is made of, but the Ownership of its objects.

What these give are options with which the other children come after it, so that nothing happens where it refuses.
"""

import copy
from collections.abc import Mapping, Sequence

import pulumi

from tau.components.children import Children
from tau.components.construction import Construction
from tau.desired.database import DatabaseNames
from tau.fields import Input
from tau.kinds.manifest import Manifest


def of_instance(
    parent: pulumi.Resource, name: str, about: Manifest, construction: Construction, options: pulumi.ResourceOptions
) -> pulumi.ResourceOptions:
    """Hold on to what a Cluster is found by, its metadata."""
    names = {"namespace": about["namespace"], "instance": about["name"]}
    return _first(parent, name, "names", names, construction, options)


def of_database(
    parent: pulumi.Resource,
    name: str,
    known_as: DatabaseNames,
    construction: Construction,
    options: pulumi.ResourceOptions,
) -> pulumi.ResourceOptions:
    """Hold on to what a database is found by, and whose its tables are."""
    names = {
        "namespace": known_as.namespace,
        "instance": known_as.instance,
        "database": known_as.database,
        "owner": known_as.owner,
    }
    return _first(parent, name, "database-names", names, construction, options)


def _first(
    parent: pulumi.Resource,
    name: str,
    suffix: str,
    names: Mapping[str, Input[str]],
    construction: Construction,
    options: pulumi.ResourceOptions,
) -> pulumi.ResourceOptions:
    children = Children(parent, construction, options)
    construction.inventory.open(children, name)
    inputs = {**names, **construction.kubernetes_access()}
    guard = children.own("NameGuard", f"{name}-{suffix}", inputs, acts=True)
    given = options.depends_on or []
    assert isinstance(given, Sequence)
    found = copy.copy(options)
    found.depends_on = [*given, guard]
    return found
