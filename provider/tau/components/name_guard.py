"""Registers the NameGuard of a component before everything else that it is made of."""

import copy
from collections.abc import Mapping, Sequence

import pulumi

from tau.components.children import Children
from tau.components.construction import Construction
from tau.fields import Input


def first(
    parent: pulumi.Resource,
    name: str,
    names: Mapping[str, Input[str]],
    construction: Construction,
    options: pulumi.ResourceOptions,
) -> pulumi.ResourceOptions:
    """Options with which the other children come after the guard, so that nothing happens where it refuses."""
    inputs = {**names, **construction.kubernetes_access()}
    guard = Children(parent, construction, options).own("NameGuard", name, inputs, outputs=[])
    given = options.depends_on or []
    assert isinstance(given, Sequence)
    found = copy.copy(options)
    found.depends_on = [*given, guard]
    return found
