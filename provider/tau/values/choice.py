"""Inputs of which one is to be chosen: which are set, and which are too many."""

from collections.abc import Mapping

from tau import errors


def present(options: Mapping[str, object]) -> list[str]:
    """Names of the options that are set, known or not; false is as good as absent."""
    return [name for name, value in options.items() if value is not None and value is not False]


def at_most_one(problems: errors.Problems, path: str, options: Mapping[str, object], reason: str) -> list[str]:
    """Note every option below `path` that is set in addition to the first, `{first}` in `reason`; which are set."""
    names = present(options)
    for name in names[1:]:
        problems.add(errors.below(path, name), reason.format(first=names[0]))
    return names
