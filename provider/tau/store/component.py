"""`tau:postgres:BackupStore`: registers a gateway on a share, or passes on an existing S3 service."""

from dataclasses import dataclass
from typing import Any

import pulumi

from tau import errors, fields
from tau.component.children import RANDOM_PASSWORD, Children, anchored, translated
from tau.component.context import Construction
from tau.credentials.certificate import Issued
from tau.fields import lift
from tau.kubernetes.kinds import deployment, object_store
from tau.kubernetes.manifest import Manifest
from tau.settings import Settings
from tau.store import inputs as store_inputs
from tau.store import live_checks as store_live_checks
from tau.store import objects as store_objects
from tau.store import s3
from tau.types.postgres import BackupStoreArgs, Store

TOKEN = "tau:postgres:BackupStore"

_CONTAINER = "spec.template.spec.containers[0]"
_NEEDS_A_CLUSTER = (
    "is checked by a Job before a gateway uses it; with `kubernetes:renderYamlToDirectory` no cluster runs one. Name "
    "a service in `s3`, or let tau apply the objects itself"
)
_GATEWAY_FIELDS = {"image": f"{_CONTAINER}.image", "labels": "metadata.labels", "resources": f"{_CONTAINER}.resources"}


@dataclass(frozen=True, kw_only=True, repr=False)
class Plan:
    """The store that one BackupStore stands for, without its keys where it makes a gateway that has them."""

    args: BackupStoreArgs
    store: Store
    name: fields.Input[str]
    folder: fields.Input[str]


def plan(resource: str, args: BackupStoreArgs, known: Settings) -> Plan:
    """What is known of a store before anything of it is made."""
    return Plan(
        args=args,
        store=s3.public(args.s3) if args.s3 else store_objects.store(resource, args, known, store_objects.NO_KEYS),
        name=store_objects.name(resource, args),
        folder="" if args.s3 else store_objects.folder(resource, args),
    )


def gateway(name: fields.Input[str] | None, namespace: fields.Input[str]) -> Manifest:
    """The gateway's Deployment, in the form in which objects are claimed."""
    return {"kind": deployment.KIND.kind, "metadata": {"name": name, "namespace": namespace}}


async def examine(
    resource: str, args: BackupStoreArgs, construction: Construction, problems: errors.Problems
) -> Plan | None:
    """Note what is wrong with the inputs, and stores of the same program in the same folder."""
    store_inputs.check(resource, args, construction.settings, problems)
    if problems:
        return None
    planned = plan(resource, args, construction.settings)
    if args.s3:
        return planned
    if construction.settings.rendered:
        problems.add("nfs" if args.nfs else "volumeClaim", _NEEDS_A_CLUSTER)
        return None
    construction.claim("name", [gateway(planned.name, args.namespace)], problems)
    construction.claim("folder", [_place(resource, planned, construction)], problems)
    await store_live_checks.examine(planned.store.endpoint, args, construction, "clientNamespaces", problems)
    return planned


def _place(resource: str, planned: Plan, construction: Construction) -> Manifest:
    """The folder on its share, in the form in which objects are claimed."""
    args = planned.args
    used = store_objects.nfs(args, construction.settings)
    if used:
        share = lift(lambda server, path: f"{server}:{path.rstrip('/')}", used.server, used.path)
    else:
        claim = store_objects.claim_name(resource, args, construction.settings)
        share = lift(lambda space, name: f"{space}/{name}", args.namespace, claim)
    return {"kind": "Folder", "metadata": {"namespace": share, "name": planned.folder}}


class BackupStore(pulumi.ComponentResource):
    """Storage for backups: the output `store`, whose users depend on `ready`.

    Where it is to `keep`, a deletion leaves its objects, and `retained` are those.
    """

    def __init__(
        self,
        name: str,
        plan: Plan,
        construction: Construction,
        options: pulumi.ResourceOptions,
        *,
        keep: bool = False,
    ) -> None:
        super().__init__(TOKEN, name, None, options)
        args, self.store = plan.args, plan.store
        self.ready: list[pulumi.Resource] = []
        self.retained: list[Manifest] = []
        secret_name: fields.Input[str] = ""
        if not args.s3:
            children = Children(self, construction, options, keep=keep)
            construction.inventory.open(children, name)
            keys = _keys(name, args, children, construction)
            self.store = store_objects.reached_by(plan.store, keys)
            secret_name = self._gateway(name, args, keys, children, construction, options)
            self.retained = children.retained
        self.outputs = _outputs(plan, self.store, secret_name, self.ready)
        self.register_outputs(self.outputs)

    def _gateway(
        self,
        name: str,
        args: BackupStoreArgs,
        keys: store_objects.Keys,
        children: Children,
        construction: Construction,
        options: pulumi.ResourceOptions,
    ) -> fields.Input[str]:
        """Volume and claim, then the trial of the share, then what serves it; the name of the keys' Secret."""
        settings = construction.settings
        ignored = translated(options.ignore_changes, _GATEWAY_FIELDS)
        mounted: list[pulumi.Resource] = []
        share = store_objects.share_objects(name, args, settings)
        if share:
            volume = children.object(f"{name}-volume", share.volume)
            mounted = [volume, children.object(f"{name}-claim", share.claim, after=[volume])]
        tried = children.own(
            "SharePreflight",
            f"{name}-preflight",
            store_objects.preflight(name, args, settings) | construction.kubernetes_access(),
            outputs=["flags"],
            after=mounted,
        )
        flags = fields.Deferred(handle=tried.flags)  # type: ignore[attr-defined]
        wanted = store_objects.objects(name, args, settings, keys=keys, flags=flags)
        before = [
            children.object(f"{name}-keys", wanted.keys),
            children.object(f"{name}-tls", wanted.certificate),
            children.object(f"{name}-network-policy", wanted.network_policy),
        ]
        made = children.object(
            f"{name}-gateway", wanted.deployment, after=[*mounted, tried, *before], ignore_changes=ignored
        )
        served = children.object(f"{name}-service", wanted.service, after=[made])
        self.ready = [served, children.readiness(f"{name}-ready", made, wanted.deployment)]
        secret_name: fields.Input[str] = wanted.keys["metadata"]["name"]
        return secret_name


def _keys(name: str, args: BackupStoreArgs, children: Children, construction: Construction) -> store_objects.Keys:
    def made(suffix: str, key: str) -> Any:
        inputs = store_objects.gateway_key(name, args, key) | construction.kubernetes_access()
        alias = pulumi.Alias(type_=RANDOM_PASSWORD)
        return children.own("GatewayKey", f"{name}-{suffix}", inputs, outputs=["digestKey", "value"], aliases=[alias])

    pair = children.own(
        "SelfSignedCertificate",
        f"{name}-certificate",
        store_objects.gateway_certificate(name, args) | construction.kubernetes_access(),
        outputs=["certificate", "privateKey"],
    )
    access, secret = made("access-key", object_store.ACCESS_KEY), made("secret-key", object_store.SECRET_KEY)
    return store_objects.Keys(
        access_key_id=_hidden(access.value),
        secret_access_key=_hidden(secret.value),
        digest_key=_hidden(secret.digestKey),
        pair=Issued(
            certificate=fields.Deferred(handle=pair.certificate),  # type: ignore[attr-defined]
            key=_hidden(pair.privateKey),  # type: ignore[attr-defined]
        ),
    )


def _hidden(value: pulumi.Output[Any]) -> fields.Deferred:
    # A preview does not know of an unknown output that it is a secret.
    return fields.Deferred(handle=pulumi.Output.secret(value))


def _outputs(
    plan: Plan,
    store: Store,
    secret_name: fields.Input[str],
    ready: list[pulumi.Resource],
) -> dict[str, Any]:
    outputs = {
        "name": plan.name,
        "namespace": plan.args.namespace,
        "folder": plan.folder,
        "endpoint": store.endpoint,
        "secretName": secret_name,
    }
    place = {"endpoint": store.endpoint, "bucket": store.bucket, "prefix": store.prefix, "region": store.region}
    place |= {"location": store.location, "caCertificate": store.ca_certificate}
    keys = {"accessKeyId": store.access_key_id, "secretAccessKey": store.secret_access_key}
    complete = {key: value for key, value in (place | keys).items() if value is not None}
    return {
        **{key: anchored(value, ready) for key, value in outputs.items()},
        # As one secret: YAML programs lose secrets that lie within an object.
        "store": pulumi.Output.secret(anchored(complete, ready)),
    }
