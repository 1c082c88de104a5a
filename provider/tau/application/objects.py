"""`tau:app:TauApplication`: arguments -> every object of an application except its databases."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tau.application import database_ca, network, workload
from tau.application import databases as application_databases
from tau.application import environment as application_environment
from tau.application import identity as application_identity
from tau.application import volumes as application_volumes
from tau.credentials import digest as digests
from tau.fields import Input, lift
from tau.kubernetes.kinds import vertical_pod_autoscaler
from tau.kubernetes.manifest import Manifest, Parts, parts
from tau.settings import Settings
from tau.types.app import TauApplicationArgs

NAMESPACES_OF_KUBERNETES = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})


@dataclass(frozen=True, kw_only=True)
class ApplicationObjects:
    """The objects of one application by kind and logical suffix, in groups that each need the ones before; what a
    Deployment of the user's own needs of them."""

    stored: Parts
    network: Parts
    deployment: Manifest | None
    autoscaler: Manifest | None
    environment: Input[list[Mapping[str, Any]]]
    mounts: application_volumes.Mounts
    secret_names: list[Input[str]]
    service_name: Input[str]
    url: Input[str]

    def all(self) -> list[Manifest]:
        """Every object."""
        single = [manifest for manifest in (self.deployment, self.autoscaler) if manifest]
        return [*self.stored.values(), *self.network.values(), *single]


def objects(
    identity: application_identity.Identity,
    databases: Sequence[application_databases.NamedDatabase],
    args: TauApplicationArgs,
    settings: Settings,
) -> ApplicationObjects:
    """What one application consists of, with its databases."""
    secret = application_volumes.own_secret(identity, args)
    mounts = application_volumes.mounts(identity, args, settings)
    verified = database_ca.of_container(databases, args, settings)
    mounted = database_ca.added_to(mounts, identity, verified, settings)
    environment = application_environment.environment(args, databases, application_volumes.secret_name(identity))
    service = network.service_of(identity, args)
    return ApplicationObjects(
        stored=mounted.objects | parts(("secret", secret)),
        network=parts(("service", service)) | network.ingress_objects(identity, args, settings),
        deployment=workload.deployment_of(identity, args, database_ca.variables(verified, environment), mounted),
        autoscaler=_autoscaler(identity, args),
        environment=environment,
        mounts=mounts,
        secret_names=[database.names.secret for database in databases]
        + ([secret["metadata"]["name"]] if secret else []),
        service_name=identity.name if service else "",
        url=network.url(identity, args, settings),
    )


def bound(
    wanted: ApplicationObjects,
    identity: application_identity.Identity,
    args: TauApplicationArgs,
    settings: Settings,
    volumes: Mapping[str, str],
) -> ApplicationObjects:
    """The same objects, whose shares keep the PersistentVolumes that their live claims have, by claim."""
    mounts = application_volumes.mounts(identity, args, settings, volumes)
    return dataclasses.replace(wanted, stored={**wanted.stored, **mounts.objects})


def rolled_by(checksum: Input[str] | None, wanted: ApplicationObjects) -> ApplicationObjects:
    """The same objects, whose Pods are replaced whenever the `checksum` of their credentials and files changes."""
    if checksum is None or wanted.deployment is None:
        return wanted
    return dataclasses.replace(wanted, deployment=workload.rolled_by(checksum, wanted.deployment))


def _autoscaler(identity: application_identity.Identity, args: TauApplicationArgs) -> Manifest | None:
    wanted = args.vertical_pod_autoscaler
    metadata = identity.metadata(identity.name)
    return (
        vertical_pod_autoscaler.for_deployment(metadata, name=identity.name, update_mode=wanted.update_mode)
        if wanted
        else None
    )


def creates_namespace(args: TauApplicationArgs, *, derived: bool) -> bool:
    """Whether the application sees to its namespace; `derived` says that its name comes from another resource."""
    if args.create_namespace is not None:
        return args.create_namespace
    return derived or args.namespace not in NAMESPACES_OF_KUBERNETES


def namespace_user(resource: str, args: TauApplicationArgs) -> Input[str]:
    """Name under which the application uses its namespace."""
    return args.name or resource


def checksum(
    args: TauApplicationArgs,
    credentials: Mapping[str, Input[str]],
    foreign: Mapping[str, Any],
    key: Input[str] | None,
    certificates: Sequence[Input[str]] = (),
) -> Input[str] | None:
    """A digest of what the Pods read only when they start, None where there is nothing of the kind.

    `credentials` are of the databases, `certificates` of the CAs of their servers, `foreign` is the content of Secrets
    and ConfigMaps that others make, `key` is
    given where `digests_secrets`.
    """
    if args.image is None:
        return None
    secret = credentials or args.secret_files or args.secret_env
    if key is None and (secret or any(reference.startswith("secrets/") for reference in foreign)):
        raise ValueError("a digest of secrets needs a key")
    content = {
        "credentials": dict(credentials),
        "configFiles": args.config_files or {},
        "secretFiles": args.secret_files or {},
        "secretEnv": args.secret_env or {},
        "foreign": dict(foreign),
    } | ({"certificates": list(certificates)} if certificates else {})
    if not any(content.values()):
        return None
    return lift(digests.of_public, content) if key is None else lift(digests.of_secrets, content, key)


def digests_secrets(args: TauApplicationArgs) -> bool:
    """Whether the digest may be made from a secret, as far as plain inputs tell."""
    if args.image is None:
        return False
    own = (args.secret_env, args.secret_files, args.database, args.databases, args.env_from)
    return any(own) or application_environment.may_refer_to_secrets(args)
