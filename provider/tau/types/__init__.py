"""Typed arguments of every resource and function; the modules are generated from schema.json."""

import importlib


def of(token: str) -> type:
    """The class for a token; its module is imported when it is first asked for."""
    module = importlib.import_module(f"tau.types.{token.split(':')[1]}")
    args_type: type = module.BY_TOKEN[token]
    return args_type
