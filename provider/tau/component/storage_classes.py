"""The StorageClass of a new volume for which neither the program nor the configuration names one."""

from collections.abc import Mapping, Sequence
from typing import Any

from tau import errors
from tau.component.context import Construction
from tau.kubernetes.kinds import storage_class


def chosen(
    classes: Sequence[Mapping[str, Any]] | None, path: str, construction: Construction, problems: errors.Problems
) -> str:
    """Longhorn's if it is among the `classes` of the cluster, else the cluster's default, which is told to the user.

    It is Longhorn's where the cluster cannot be asked, and `classes` is None.
    """
    names = sorted(str(item["metadata"]["name"]) for item in classes or ())
    yet_to_come = construction.preview and construction.ordered and not names
    if classes is None or storage_class.LONGHORN in names or yet_to_come:
        return storage_class.LONGHORN
    default = storage_class.default_of(classes)
    if default is None:
        there = f"this cluster has {', '.join(names)}" if names else "this cluster has none"
        problems.add(
            path,
            f"is not set, and no StorageClass is {storage_class.LONGHORN!r} or the default of the cluster; {there}; "
            "set it or `tau:postgresStorageClass`",
        )
        return storage_class.LONGHORN
    construction.notes.append(f"`{path}` is {default!r}, the default StorageClass of the cluster")
    return default
