"""Access for `postgres`, which is given and taken away by one input; on PostgreSQL 17."""

import dataclasses

import pytest

from testbed.drive import kubernetes, programs
from tests.cluster.conftest import NewStack

_SECRET = "postgres-server-superuser"


@dataclasses.dataclass(frozen=True)
class Access:
    """What came of logging in as `postgres`, while it was allowed and after."""

    version: str
    as_superuser: kubernetes.Answer
    plain: kubernetes.Answer
    extension: str
    secrets_after: set[str]
    refused: kubernetes.Answer
    owner_after: kubernetes.Answer


@pytest.fixture(scope="module")
def access(operator: None, new_stack: NewStack, namespace: str, cluster: kubernetes.Kubernetes) -> Access:
    owned = new_stack()

    def up(*, allowed: bool) -> None:
        owned.up(
            {
                "resources": {
                    "server": programs.instance(namespace, version="17", superuserAccess=allowed),
                    "shop": programs.shared(namespace, "server", extensions=["vector"]),
                },
                "outputs": {"url": "${shop.connectionString}", "host": "${server.host}"},
            }
        )

    up(allowed=True)
    references = {"PGUSER": "username", "PGPASSWORD": "password"}
    client = cluster.start_client(
        namespace,
        env=[
            {"name": name, "valueFrom": {"secretKeyRef": {"name": _SECRET, "key": key}}}
            for name, key in references.items()
        ],
    )
    owner = str(owned.output("url"))
    superuser = f"host={owned.output('host')} dbname=shop"
    query = "SELECT usesuper FROM pg_user WHERE usename = current_user"
    as_superuser = client.try_sql(superuser, query, PGSSLMODE="require")
    plain = client.try_sql(superuser, query, PGSSLMODE="disable")
    version = client.sql(owner, "SHOW server_version_num")
    extension = client.sql(owner, "SELECT extname FROM pg_extension WHERE extname = 'vector'")
    up(allowed=False)
    return Access(
        version=version,
        as_superuser=as_superuser,
        plain=plain,
        extension=extension,
        secrets_after=cluster.names("secret", namespace),
        refused=client.try_sql(superuser, query, PGSSLMODE="require"),
        owner_after=client.try_sql(owner, "SELECT 1"),
    )


def test_the_wanted_version_runs(access: Access) -> None:
    assert access.version.startswith("17")


def test_the_superuser_logs_in_with_its_secret(access: Access) -> None:
    assert access.as_superuser == kubernetes.Answer(0, "t\n")


def test_the_superuser_is_refused_without_encryption(access: Access) -> None:
    assert access.plain.code != 0
    assert "no encryption" in access.plain.output


def test_an_extension_is_there_in_this_version_too(access: Access) -> None:
    assert access.extension == "vector"


def test_without_access_there_is_no_superuser_secret(access: Access) -> None:
    assert _SECRET not in access.secrets_after


def test_without_access_the_superuser_is_refused(access: Access) -> None:
    assert access.refused.code != 0
    assert "pg_hba.conf rejects connection" in access.refused.output


def test_the_owner_connects_as_before(access: Access) -> None:
    assert access.owner_after == kubernetes.Answer(0, "1\n")
