"""What is wrong with one resource, and what is to be said about it."""

import dataclasses
from collections.abc import Mapping
from typing import Any


@dataclasses.dataclass(frozen=True)
class Bad:
    """A resource with one wrong property: its token, its properties, the path in the error and part of its text."""

    token: str
    properties: Mapping[str, Any]
    path: str
    text: str
