"""What the account of a RestoreCheck may create: its Secret, and a Cluster that names no other Secret.

RBAC cannot restrict what is in an object that is created. Without more, the account could create a Secret that holds
the token of any ServiceAccount, or a Cluster whose Pods read any Secret of the namespace.
"""

from collections.abc import Sequence

from tau import naming
from tau.fields import Input, lift
from tau.kubernetes.kinds import admission_policy, object_store
from tau.kubernetes.manifest import Manifest

FORBIDDEN = ("backup", "certificates", "env", "envFrom", "plugins", "projectedVolumeTemplate", "serviceAccountName")
"""Fields of a Cluster's `spec` that bring Secrets or another account into its Pods; a temporary one has none."""

_GROUP = "postgresql.cnpg.io"
_EXTERNAL = ("barmanObjectStore", "connectionParameters", "password", "sslCert", "sslKey", "sslRootCert")
_BOOTSTRAP = ("initdb", "pg_basebackup")
_RECOVERY = ("backup", "volumeSnapshots")


def objects(
    base: Manifest, *, check: Input[str], instance: Input[str], namespace: Input[str]
) -> tuple[Manifest, Manifest]:
    """The policy for the account of a check, and its binding; `base` is the metadata of both."""
    account = lift(lambda space, name: f"system:serviceaccount:{space}:{name}", namespace, check)
    policy = admission_policy.policy(
        base,
        created={"clusters": _GROUP, "secrets": ""},
        condition=lift(lambda name: f"request.userInfo.username == '{name}'", account),
        validations=[
            (
                lift(_secret, naming.restore_check_run(check)),
                "the account of a RestoreCheck creates its own Secret only",
            ),
            *_of_cluster(check, instance),
        ],
    )
    return policy, admission_policy.binding(base, policy=base["name"], namespace=namespace)


def _secret(run: str) -> str:
    own = f"object.metadata.name == '{run}' && object.type == 'kubernetes.io/basic-auth'"
    return f"request.resource.resource != 'secrets' || ({own})"


def _of_cluster(check: Input[str], instance: Input[str]) -> list[tuple[Input[str], Input[str]]]:
    message = "the Cluster of a RestoreCheck"
    return [
        (lift(_named, check), f"{message} is named after the check, and its Pods are not patched"),
        (_cluster(_without("object.spec", FORBIDDEN)), f"{message} has none of {', '.join(FORBIDDEN)}"),
        (lift(_own_secrets, naming.restore_check_run(check)), f"{message} has the Secret of the check only"),
        (lift(_own_archive, instance), f"{message} is restored from the archive of its Instance only"),
        (_cluster(_UNPRIVILEGED), f"{message} is not privileged"),
    ]


def _cluster(*conditions: str) -> str:
    return f"request.resource.resource != 'clusters' || ({' && '.join(f'({condition})' for condition in conditions)})"


def _without(path: str, fields: Sequence[str]) -> str:
    return " && ".join(f"!has({path}.{name})" for name in fields)


def _optional(path: str, condition: str) -> str:
    return f"!has({path}) || ({condition})"


def _named(check: str) -> str:
    unpatched = _optional("object.metadata.annotations", "!('cnpg.io/podPatch' in object.metadata.annotations)")
    return _cluster(f"object.metadata.name.startsWith('{check}-')", unpatched)


def _own_secrets(run: str) -> str:
    superuser, recovery = "object.spec.superuserSecret", "object.spec.bootstrap.recovery"
    return _cluster(
        _optional(superuser, f"{superuser}.name == '{run}'"),
        "has(object.spec.bootstrap) && has(object.spec.bootstrap.recovery)",
        _without("object.spec.bootstrap", _BOOTSTRAP),
        _optional(f"{recovery}.secret", f"{recovery}.secret.name == '{run}'"),
        _without(recovery, _RECOVERY),
        _optional("object.spec.managed", "!has(object.spec.managed.roles)"),
        _optional("object.spec.monitoring", "!has(object.spec.monitoring.customQueriesSecret)"),
        _optional("object.spec.postgresql", "!has(object.spec.postgresql.ldap)"),
    )


def _own_archive(instance: str) -> str:
    plugin = f"one.plugin.name == '{object_store.PLUGIN}' && one.plugin.parameters['barmanObjectName'] == '{instance}'"
    each = f"{_without('one', _EXTERNAL)} && has(one.plugin) && has(one.plugin.parameters) && {plugin}"
    return _cluster(_optional("object.spec.externalClusters", f"object.spec.externalClusters.all(one, {each})"))


_CONTEXT = "object.spec.securityContext"
_UNPRIVILEGED = _optional(
    _CONTEXT,
    f"(!has({_CONTEXT}.privileged) || !{_CONTEXT}.privileged) && "
    f"(!has({_CONTEXT}.capabilities) || !has({_CONTEXT}.capabilities.add))",
)
