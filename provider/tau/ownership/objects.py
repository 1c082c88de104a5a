"""Whose a Kubernetes object is: the annotation that says so, who may take it over, and what to say where nobody may.

The owner is the URN of the resource in the user's program that makes the object. It names stack and project, is not a
secret, and stays in the cluster when a state is lost
(https://www.pulumi.com/docs/iac/concepts/resources/names/#urns).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tau.fields import Input, lift
from tau.kubernetes.kinds import cluster, persistent_volume_claim
from tau.kubernetes.manifest import Manifest, sole_manager, union

OWNER = "tau/owner"
"""Annotation of every object of tau with the URN of the resource that it belongs to."""

GIVEN_UP = "tau/given-up"
"""Annotation with which a user says that a Cluster or a claim may be deleted with its data, where it is `true`."""

CLUSTER_ID = "clusterId"
"""Input of custom resources with the uid of the cluster that they were made in."""

# The kubernetes package gives every resource a field manager of its own. An object that is applied again (`--replace`,
# a lost state) would get another one: every later change would be a conflict with the former manager, and a removed
# volume or port would stay, as the former one still owns it. A conflict with anybody else is still told.
# https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/
_APPLIED = {"pulumi.com/patchFieldManager": "tau"}
_FORMER_MANAGERS = "pulumi-kubernetes-"
_RELEASED = "tau/released"
UNIDENTIFIED = "unidentified"
"""Stands for the uid of a cluster whose namespace kube-system may not be read."""

# Shared by everybody who uses the cluster: a namespace has one of tau's own resources that looks for other users, and
# the definitions of kinds outlast every stack.
_SHARED = {"Namespace", "CustomResourceDefinition"}
_MOST_NAMED = 20


@dataclass(frozen=True, kw_only=True)
class Owned:
    """One object of a resource; without a namespace for a kind that has none.

    `holds_data` says that its deletion deletes data: a Cluster, or a claim with a volume of its own.
    """

    api_version: str
    kind: str
    namespace: str | None
    name: str
    holds_data: bool = field(default=False, compare=False)

    @property
    def shown(self) -> str:
        """The object for a person: `Secret shop/keys`."""
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"

    @property
    def typed(self) -> str:
        """The object for `kubectl`: `secret/keys`, with its group, as other groups may have a kind of that name."""
        group = self.api_version.partition("/")[0] if "/" in self.api_version else ""
        return f"{self.kind.lower()}{'.' if group else ''}{group}/{self.name}"


def described(item: Manifest) -> Manifest:
    """An object as an input of the resources that look after it."""
    metadata = item["metadata"]
    result = {"apiVersion": item["apiVersion"], "kind": item["kind"], "name": metadata["name"]}
    if "namespace" in metadata:
        result["namespace"] = metadata["namespace"]
    return result | ({"holdsData": True} if holds_data(item) else {})


def known(value: object) -> list[Owned]:
    """Objects from what was `described`, typed or recorded, as far as their names are known."""
    return [owned for owned in map(_read, value if isinstance(value, list) else ()) if owned]


def all_known(value: object) -> bool:
    """Whether there is no object whose name is not known yet."""
    return isinstance(value, list) and len(known(value)) == len(value)


def written(owned: Owned) -> Manifest:
    """An object in the form in which it is recorded."""
    result = {"apiVersion": owned.api_version, "kind": owned.kind, "name": owned.name, "holdsData": owned.holds_data}
    return result | ({"namespace": owned.namespace} if owned.namespace else {})


def _read(item: Any) -> Owned | None:
    if not isinstance(item, Mapping):
        item = {"apiVersion": item.api_version, "kind": item.kind, "namespace": item.namespace} | {
            "name": item.name,
            "holdsData": item.holds_data,
        }
    parts, space = [item.get(name) for name in ("apiVersion", "kind", "name")], item.get("namespace")
    if not all(isinstance(part, str) for part in parts) or not isinstance(space, str | None):
        return None
    api_version, kind, name = map(str, parts)
    data = bool(item.get("holdsData"))
    return Owned(api_version=api_version, kind=kind, namespace=space, name=name, holds_data=data)


def holds_data(item: Manifest) -> bool:
    """Whether a deletion of the object deletes data: a server, or a claim whose volume goes with it."""
    if item["kind"] == persistent_volume_claim.KIND.kind:
        return "volumeName" not in item["spec"]
    return bool(item["kind"] == cluster.KIND.kind)


def given_up(item: Mapping[str, Any]) -> bool:
    """Whether somebody has said by hand that what a live object holds may be deleted."""
    return bool((item["metadata"].get("annotations") or {}).get(GIVEN_UP) == "true")


def is_owned(item: Manifest) -> bool:
    """Whether an object belongs to one resource alone."""
    return item["kind"] not in _SHARED


def marked(item: Manifest, owner: Input[str]) -> Manifest:
    """The object with the annotation that says whose it is."""
    metadata = item["metadata"]
    annotations = metadata.get("annotations", {})
    mark = {OWNER: owner, **_APPLIED}
    if isinstance(annotations, Mapping):
        return {**item, "metadata": {**metadata, "annotations": union(annotations, mark)}}
    return {**item, "metadata": {**metadata, "annotations": lift(lambda own, more: {**own, **more}, annotations, mark)}}


def owner_of(item: Mapping[str, Any]) -> str | None:
    """The owner of a live object, None where nobody claims it."""
    owner = (item["metadata"].get("annotations") or {}).get(OWNER)
    return str(owner) if owner else None


def released(item: Mapping[str, Any]) -> Manifest | None:
    """The merge patch with which the field managers of an earlier tau give up a live object; None where there are none.

    Without it what they own could not be removed. Nobody else's fields change hands.
    """
    metadata = item["metadata"]
    held = metadata.get("managedFields") or []
    others = [entry for entry in held if not str(entry.get("manager", "")).startswith(_FORMER_MANAGERS)]
    if len(others) == len(held):
        return None
    patch: Manifest = {"resourceVersion": metadata["resourceVersion"], "managedFields": others}
    if not others:
        # One owns what nobody applies.
        patch["managedFields"] = sole_manager("tau-released", _RELEASED, item["apiVersion"])
        patch["annotations"] = {_RELEASED: "true"}
    return {"metadata": patch}


def is_anothers(item: Mapping[str, Any], owners: Collection[str]) -> bool:
    """Whether a live object belongs to somebody who is none of these."""
    owner = owner_of(item)
    return owner is not None and owner not in owners


def urn_text(urn: str) -> str:
    """A URN for a person: type, name, stack and project."""
    parts = urn.split("::")
    if len(parts) != 4:
        return urn
    stack, project, kind, name = parts
    stack = stack.removeprefix("urn:pulumi:")
    return f"{kind.rpartition('$')[2]} {name!r} of stack {stack!r} of project {project!r}"


def taken(objects: Sequence[tuple[Owned, str]], own: str) -> str:
    """Why these objects, each with its owner, are not taken over, and how they are handed over on purpose."""
    owners = sorted({owner for _, owner in objects})
    return (
        f"{_named([owned for owned, _ in objects])} belongs to {'; '.join(urn_text(owner) for owner in owners)}, and "
        f"this is {urn_text(own)}; choose another `name` or `namespace`.{_advice(owners, own)} To transfer the "
        "objects to this resource on purpose, remove the other one from its state without deleting them (`pulumi "
        f"state delete --target-dependents '{owners[0]}'`), then run: {hand_over([owned for owned, _ in objects], own)}"
    )


def _advice(owners: Sequence[str], own: str) -> str:
    """What a resource of the same stack needs that was moved or renamed."""
    same = [owner for owner in owners if owner.split("::")[:2] == own.split("::")[:2]]
    if not same:
        return ""
    return f" If both are the same resource, which was renamed or moved, add its former URN to `aliases`: '{same[0]}'."


def not_deleted(objects: Sequence[tuple[Owned, str]], own: str) -> str:
    """Why a deletion is refused that would remove objects of another owner, and what to do."""
    owners = sorted({owner for _, owner in objects})
    return (
        f"refusing to delete {urn_text(own)}: {_named([owned for owned, _ in objects])} now belongs to "
        f"{'; '.join(urn_text(owner) for owner in owners)}. Nothing of it was deleted. If that is right, remove the "
        f"resource from this state without deleting anything: pulumi state delete --target-dependents '{own}'. If not, "
        f"transfer the objects back: {hand_over([owned for owned, _ in objects], own)}"
    )


def not_removed(owned: Owned, owner: str, own: str) -> str:
    """Why an object that the program dropped stays."""
    return (
        f"{owned.shown} is not in the program any more, but now belongs to {urn_text(owner)}, so it cannot be deleted; "
        f"remove it from this state (`pulumi state delete`), or transfer it back: {hand_over([owned], own)}"
    )


def dropped(owned: Owned) -> str:
    """Why data does not leave the program without a word."""
    arguments = f"--namespace {owned.namespace} {owned.typed}"
    return (
        f"{owned.shown} holds data, and the program no longer creates it under this name. Restore its former `name`, "
        f"`mountPath`, `namespace` or entry of `databases`; or, to delete it with its data: kubectl annotate "
        f"{arguments} {GIVEN_UP}=true, and run `pulumi up` again. To have the data under another name, "
        f"copy it there first ({'pg_dump' if owned.kind == cluster.KIND.kind else 'cp -a'})"
    )


def hand_over(objects: Sequence[Owned], owner: str) -> str:
    """The commands that make somebody the owner of objects."""
    spaces: dict[str | None, list[str]] = {}
    for owned in objects:
        spaces.setdefault(owned.namespace, []).append(owned.typed)
    return "; ".join(
        f"kubectl annotate --overwrite{f' --namespace {space}' if space else ''} {' '.join(names)} '{OWNER}={owner}'"
        for space, names in spaces.items()
    )


def _named(objects: Sequence[Owned]) -> str:
    more = f" and {len(objects) - _MOST_NAMED} more" if len(objects) > _MOST_NAMED else ""
    return ", ".join(owned.shown for owned in objects[:_MOST_NAMED]) + more


def another_cluster(recorded: str, live: str) -> str:
    """Why nothing is done in a cluster that is not the one of the state, and both ways out."""
    return (
        f"{live!r} is not the cluster {recorded!r} that this stack was deployed to (uid of its namespace kube-system). "
        "Nothing was changed. To continue with that cluster, set its kubeconfig or context (`kubernetes:kubeconfig`, "
        "`kubernetes:context`, KUBECONFIG, or the explicit provider). For the new cluster, start a new stack (`pulumi "
        "stack init`), and restore the databases into it (docs/backups.md). If the old cluster is gone for good, drop "
        "this stack's state: pulumi stack rm --force"
    )
