"""Typed arguments of every resource and function; the modules are generated from schema.json."""

from collections.abc import Mapping

from tau.types import app, postgres

BY_TOKEN: Mapping[str, type] = {**app.BY_TOKEN, **postgres.BY_TOKEN}
"""The class for each token."""
