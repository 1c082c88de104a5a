"""Finds out the digest of a server's image before the server runs it, with a Pod that does nothing.

It cannot be put into the Cluster afterwards: for the operator `tag@digest` is another image than `tag`, and it makes
every Pod again. Nor can the registry be asked, which may be reached, or let somebody in, from the nodes only.
"""

import asyncio
import contextlib
import json
from collections.abc import Mapping
from typing import Any

from tau import errors
from tau.instance import server_image
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kinds import cluster, secret
from tau.kubernetes.kinds import job as kind
from tau.kubernetes.manifest import metadata
from tau.resource import job
from tau.resource.contract import Operation
from tau.types.postgres import NameGuardArgs

_UNPULLABLE = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName")


class ServerImages:
    """The digests that were found out by this process; servers of one tag that are made together run the same."""

    def __init__(self) -> None:
        self._resolved: dict[str, str] = {}
        self._busy: dict[str, asyncio.Lock] = {}

    async def resolve(
        self,
        api: KubernetesApi,
        args: NameGuardArgs,
        recorded: Mapping[str, Any],
        live_cluster: Mapping[str, Any] | None,
        operation: Operation,
    ) -> str:
        """The image for a Cluster: as it is, where the tag is the same; else with a digest, as far as there is one.

        Raises:
            ClusterError: No node gets the image that a server which runs well was to change to.
        """
        wanted = str(args.image)
        retained = server_image.retained(wanted, [recorded.get("image"), *server_image.of_cluster(live_cluster)])
        if retained is not None:
            return retained
        try:
            return await self._shared(api, args, operation)
        except errors.Unreachable:
            raise
        except errors.ClusterError as failure:
            if operation.cancelled.is_set():
                raise
            if live_cluster and cluster.state(live_cluster).ready and _is_unpullable(failure):
                raise errors.ClusterError(
                    f"{args.namespace}/{args.instance} continues with {live_cluster['spec'].get('imageName')!r}, "
                    f"and nothing was changed, because no node could pull the image {wanted!r}: {failure}"
                ) from failure
            operation.warn(
                f"the digest of {wanted!r} could not be determined, so {args.namespace}/{args.instance} may run "
                f"another image of this tag on another node: {failure}"
            )
            return wanted

    async def _shared(self, api: KubernetesApi, args: NameGuardArgs, operation: Operation) -> str:
        """What one Pod for all servers of the same image has found."""
        key = json.dumps([args.kubeconfig, args.context, args.image, args.pod_spec], sort_keys=True, default=str)
        async with self._busy.setdefault(key, asyncio.Lock()):
            if key not in self._resolved:
                self._resolved[key] = await _look(api, args, operation)
        return self._resolved[key]


async def _look(api: KubernetesApi, args: NameGuardArgs, operation: Operation) -> str:
    image, namespace = str(args.image), str(args.namespace)
    job_metadata = metadata(name=job.unique(f"{args.instance}-image"), namespace=namespace, labels=kind.IMAGE_LOOK)
    more = await _with_pull_secret(api, args)
    operation.tell(f"looking which digest {image} has")
    ended = await job.ran(api, kind.image_look(job_metadata, image, more), operation=operation)
    pinned = server_image.pinned(image, ended.image_id)
    if pinned is None:
        operation.note(
            f"{image!r} continues with its tag: the node reports {ended.image_id!r}, "
            "which is not a digest of its registry"
        )
    return pinned or image


async def _with_pull_secret(api: KubernetesApi, args: NameGuardArgs) -> Mapping[str, Any]:
    """What the Pod has of the server's, and the Secret that the operator gives to the server by itself."""
    more = args.pod_spec if isinstance(args.pod_spec, Mapping) else {}
    name = cluster.pull_secret(str(args.instance))
    with contextlib.suppress(errors.ClusterError):
        if await api.get(secret.KIND, str(args.namespace), name):
            return {**more, "imagePullSecrets": [*(more.get("imagePullSecrets") or []), {"name": name}]}
    return more


def _is_unpullable(failure: errors.ClusterError) -> bool:
    reasons = failure.reasons if isinstance(failure, job.JobFailed) else ()
    return any(word in reason for reason in reasons for word in _UNPULLABLE)
