"""`tau.settings`: configuration, its order and what is wrong with it."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from tau import errors, settings
from tau.instance import objects as instance
from tau.types.postgres import InstanceArgs

BOTH = [
    ("postgres_version", "postgresVersion", "postgres_version", "16"),
    ("postgres_storage_class", "postgresStorageClass", "postgres_storage_class", "fast"),
    ("postgres_default_storage_size", "postgresDefaultStorageSize", "postgres_default_storage_size", "20Gi"),
    ("postgres_backup_nfs_path", "postgresBackupNfsPath", "postgres_backup_nfs_path", "nas.local:/volume1/backups"),
    ("postgres_backup_retention_days", "postgresBackupRetentionDays", "postgres_backup_retention_days", "30"),
    ("operator_namespace", "operatorNamespace", "operator_namespace", "core"),
    ("domain", "domain", "domain", "home.example.com"),
    ("ingress_class_private", "ingressClassPrivate", "ingress_class_private", "traefik"),
    ("ingress_class_public", "ingressClassPublic", "ingress_class_public", "nginx"),
    ("ingress_tls_secret", "ingressTlsSecret", "ingress_tls_secret", "wildcard"),
]


def resolved(
    *, project: str = "home", provider: Mapping[str, str] | None = None, stack: Mapping[str, str] | None = None
) -> tuple[settings.Settings, list[errors.Problem]]:
    """Settings for a provider's and a stack's configuration, and what is wrong with them."""
    problems = errors.Problems()
    found = settings.resolve(provider=provider or {}, stack=stack or {}, project=project, problems=problems)
    return found, list(problems)


def test_without_configuration_the_defaults_hold() -> None:
    assert resolved() == (settings.Settings(), [])


@pytest.mark.parametrize(("attribute", "provider", "project", "value"), BOTH)
def test_the_project_wins_over_the_default(attribute: str, provider: str, project: str, value: str) -> None:
    found, problems = resolved(stack={f"home:{project}": value})
    assert not problems
    assert dataclasses.asdict(found) == dataclasses.asdict(settings.Settings()) | {attribute: value}


@pytest.mark.parametrize(("attribute", "provider", "project", "value"), BOTH)
def test_the_provider_wins_over_the_project(attribute: str, provider: str, project: str, value: str) -> None:
    found, problems = resolved(provider={provider: value}, stack={f"home:{project}": "nonsense!"})
    assert not problems
    assert getattr(found, attribute) == value


def test_another_projects_keys_do_not_count() -> None:
    assert resolved(stack={"other:postgres_version": "nonsense!"}) == (settings.Settings(), [])


def test_the_release_manifests_can_be_set_once() -> None:
    found = resolved(provider={"operatorManifest": "cnpg.yaml", "barmanPluginManifest": "barman.yaml"})[0]
    assert (found.operator_manifest, found.barman_plugin_manifest) == ("cnpg.yaml", "barman.yaml")


@pytest.mark.parametrize(
    ("given", "path", "says"),
    [
        ({"provider": {"postgresVersion": "9"}}, "tau:postgresVersion", "use `14` to `18`"),
        ({"provider": {"postgresVersion": "15.14"}}, "tau:postgresVersion", "use `14` to `18` here"),
        ({"stack": {"home:postgres_version": "x"}}, "home:postgres_version", "use `14` to `18`"),
        ({"provider": {"postgresStorageClass": "Fast One"}}, "tau:postgresStorageClass", "use lower-case letters"),
        ({"stack": {"home:postgres_storage_class": ""}}, "home:postgres_storage_class", "use lower-case letters"),
        (
            {"provider": {"postgresDefaultStorageSize": "1"}},
            "tau:postgresDefaultStorageSize",
            "use for example `10Gi`",
        ),
        ({"stack": {"home:postgres_default_storage_size": "big"}}, "home:postgres_default_storage_size", "`10Gi`"),
        ({"stack": {"home:postgres_backup_nfs_path": "/backups"}}, "home:postgres_backup_nfs_path", "`server:/path`"),
        ({"provider": {"postgresBackupNfsPath": "nas:backups"}}, "tau:postgresBackupNfsPath", "`server:/path`"),
        ({"provider": {"postgresBackupNfsPath": "nfs://nas/x"}}, "tau:postgresBackupNfsPath", "`server:/path`"),
        ({"provider": {"postgresBackupRetentionDays": "0"}}, "tau:postgresBackupRetentionDays", "use 1 or more"),
        (
            {"stack": {"home:postgres_backup_retention_days": "7d"}},
            "home:postgres_backup_retention_days",
            "for example",
        ),
        ({"provider": {"postgresVersoin": "15"}}, "tau:postgresVersoin", "did you mean `tau:postgresVersion`?"),
        ({"stack": {"tau:storageClas": "a"}}, "tau:storageClas", "did you mean `tau:postgresStorageClass`?"),
        ({"provider": {"zzz": "1"}}, "tau:zzz", "known keys: barmanPluginManifest, context"),
    ],
)
def test_a_bad_value_or_key_is_named_with_what_to_write(given: Any, path: str, says: str) -> None:
    _, [problem] = resolved(**given)
    assert problem.path == path
    assert says in problem.reason


def test_everything_wrong_is_told_together() -> None:
    _, problems = resolved(provider={"postgresVersion": "9", "zzz": "1"}, stack={"home:postgres_storage_class": "A"})
    assert {problem.path for problem in problems} == {"tau:postgresVersion", "tau:zzz", "home:postgres_storage_class"}


def test_what_the_engine_adds_to_a_providers_configuration_is_passed_over() -> None:
    assert resolved(provider={"version": "0.1.0", "pluginDownloadURL": "x"})[1] == []


def test_a_project_that_is_itself_called_tau_may_use_both_kinds_of_keys() -> None:
    found, problems = resolved(project="tau", stack={"tau:postgres_version": "16", "tau:own_setting": "1"})
    assert not problems
    assert found.postgres_version == "16"


def test_a_kubeconfig_is_not_shown() -> None:
    assert "s3cret" not in repr(resolved(provider={"kubeconfig": "s3cret"})[0])


def test_servers_admit_the_operator_of_the_configured_namespace() -> None:
    known = resolved(provider={"operatorNamespace": "core"})[0]
    policy = instance.objects("main", InstanceArgs(), known).network_policy
    assert policy is not None
    assert "'core'" in str(policy["spec"]["ingress"][-1])
    assert "cnpg-system" not in str(policy)
