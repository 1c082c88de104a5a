"""The StorageClass of a volume for which the program names none."""

from tau import errors
from tau.component.context import Construction
from tau.kubernetes.kinds import storage_class


async def chosen(live: str | None, path: str, construction: Construction, problems: errors.Problems) -> str:
    """The configured class, else that of the volume that is there (`live`), else Longhorn's or the cluster's default.

    It is Longhorn's where the cluster cannot be asked. The default of the cluster is told to the user.
    """
    known = construction.settings.postgres_storage_class or live
    if known:
        return known
    try:
        classes = await construction.lookups.once(
            ("storage classes", construction.configured.name), lambda: construction.api.items(storage_class.KIND)
        )
    except errors.ClusterError:
        return storage_class.LONGHORN
    names = sorted(str(item["metadata"]["name"]) for item in classes)
    if storage_class.LONGHORN in names or (construction.preview and construction.ordered and not names):
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
