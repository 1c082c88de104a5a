"""Several databases on one server: each role has all of its own database, and nothing of the others."""

import dataclasses
from typing import Any

import pytest

from testbed.drive import kubernetes, programs, stack
from tests.cluster.conftest import NewStack

_CLUSTER = "postgres-server"


@dataclasses.dataclass(frozen=True)
class Databases:
    """URLs of the databases, a Pod beside them and a look from inside the server."""

    alpha: str
    beta: str
    archive: str
    client: kubernetes.Client
    server: kubernetes.Server
    owned: stack.Stack
    program: stack.Program


@pytest.fixture(scope="module")
def databases(operator: None, new_stack: NewStack, namespace: str, cluster: kubernetes.Kubernetes) -> Databases:
    owned = new_stack()
    extensions = ["vector", "pg_trgm", "uuid-ossp"]
    program: stack.Program = {
        "resources": {
            "server": programs.instance(namespace),
            "alpha": programs.shared(namespace, "server", extensions=extensions),
            "beta": programs.shared(namespace, "server"),
            "archive": programs.shared(namespace, "server", owner="keeper"),
        },
        "outputs": {name: f"${{{name}.connectionString}}" for name in ("alpha", "beta", "archive")},
    }
    owned.up(program)
    client = cluster.start_client(namespace)
    urls = {name: str(owned.output(name)) for name in ("alpha", "beta", "archive")}
    server = kubernetes.Server(cluster, namespace, _CLUSTER)
    return Databases(**urls, client=client, server=server, owned=owned, program=program)


def test_the_server_runs_its_image_by_the_digest_that_it_started_with(databases: Databases) -> None:
    kubernetes, namespace = databases.server.kubernetes, databases.server.namespace
    wanted = kubernetes.get("cluster", _CLUSTER, namespace)["spec"]["imageName"]
    assert wanted.partition("@")[0] == "ghcr.io/cloudnative-pg/postgresql:15-standard-trixie"
    status = kubernetes.get("pod", databases.server.primary(), namespace)["status"]["containerStatuses"]
    (running,) = [one["imageID"] for one in status if one["name"] == "postgres"]
    assert running.partition("@")[2] == wanted.partition("@")[2] != ""
    assert kubernetes.names("job", namespace) == set()


def test_a_second_up_changes_nothing_and_restarts_no_server(databases: Databases) -> None:
    started = databases.server.sql("SELECT pg_postmaster_start_time()")
    result = databases.owned.up()
    assert result.changes
    assert result.changed == {}
    assert databases.server.sql("SELECT pg_postmaster_start_time()") == started


def _database(url: str, name: str) -> str:
    """The same role's URL, for another database."""
    head, _, query = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}?{query}"


@pytest.mark.parametrize("database", ["alpha", "beta", "archive"])
def test_an_owner_creates_tables_and_schemas_in_its_database(databases: Databases, database: str) -> None:
    url = getattr(databases, database)
    made = (
        "CREATE SCHEMA own; CREATE TABLE own.thing (id int); INSERT INTO own.thing VALUES (1); DROP SCHEMA own CASCADE"
    )
    assert databases.client.try_sql(url, made).code == 0
    assert databases.client.try_sql(url, "CREATE TABLE plain (id int); DROP TABLE plain").code == 0


@pytest.mark.parametrize("database", ["beta", "archive", "postgres", "template1"])
def test_an_owner_is_refused_on_any_other_database(databases: Databases, database: str) -> None:
    refused = databases.client.try_sql(_database(databases.alpha, database), "SELECT 1")
    assert refused.code != 0
    assert "pg_hba.conf rejects connection" in refused.output


def test_an_owner_may_create_a_trusted_extension_itself(databases: Databases) -> None:
    assert databases.client.try_sql(databases.beta, "CREATE EXTENSION citext; DROP EXTENSION citext").code == 0


def test_listed_extensions_are_there_and_work(databases: Databases) -> None:
    distance = databases.client.sql(databases.alpha, "SELECT '[1,2]'::vector <-> '[1,3]'::vector")
    assert distance == "1"
    assert databases.client.sql(databases.alpha, "SELECT similarity('tau', 'tau')") == "1"
    assert len(databases.client.sql(databases.alpha, "SELECT uuid_generate_v4()")) == 36


def test_extensions_are_only_where_they_are_listed(databases: Databases) -> None:
    found = databases.client.sql(databases.beta, "SELECT extname FROM pg_extension")
    assert found == "plpgsql"


def test_an_owner_of_another_name_owns_the_database(databases: Databases) -> None:
    query = "SELECT current_user, pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    assert databases.client.sql(databases.archive, query) == "keeper|keeper"


def test_the_server_has_the_databases_that_were_asked_for_and_no_other(databases: Databases) -> None:
    query = "SELECT datname FROM pg_database WHERE NOT datistemplate"
    assert set(databases.server.sql(query)) == {"postgres", "alpha", "beta", "archive"}


def test_the_server_has_the_roles_that_were_asked_for_and_no_other(databases: Databases) -> None:
    of_the_operator = {"postgres", "streaming_replica", "cnpg_metrics_exporter"}
    login = "SELECT rolname FROM pg_roles WHERE rolcanlogin"
    assert set(databases.server.sql(login)) - of_the_operator == {"alpha", "beta", "keeper"}
    groups = "SELECT rolname FROM pg_roles WHERE NOT rolcanlogin AND rolname NOT LIKE 'pg_%'"
    assert databases.server.sql(groups) == ["archive"]


def test_no_owner_has_any_privilege_over_the_server(databases: Databases) -> None:
    query = "SELECT rolname FROM pg_roles WHERE rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls"
    assert databases.server.sql(query) == ["postgres"]


def test_there_is_no_superuser_secret(databases: Databases) -> None:
    assert f"{_CLUSTER}-superuser" not in databases.server.kubernetes.names("secret", databases.server.namespace)


def test_the_superuser_has_no_password(databases: Databases) -> None:
    assert databases.server.sql("SELECT rolpassword IS NULL FROM pg_authid WHERE rolname = 'postgres'") == ["t"]


def test_connections_are_encrypted(databases: Databases) -> None:
    query = "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    assert databases.client.sql(databases.alpha, query) == "t|TLSv1.3"


def test_a_connection_without_encryption_is_refused(databases: Databases) -> None:
    plain = databases.alpha.replace("sslmode=require", "sslmode=disable")
    refused = databases.client.try_sql(plain, "SELECT 1")
    assert refused.code != 0
    assert "no encryption" in refused.output


def test_the_servers_certificate_is_that_of_its_secret(databases: Databases) -> None:
    secret = f"{_CLUSTER}-alpha-connection"
    data = databases.server.kubernetes.get("secret", secret, databases.server.namespace)["data"]
    script = f'printf %s "{data["ca.crt"]}" | base64 -d > /tmp/ca.crt'
    assert databases.client.shell(script).code == 0
    checked = databases.alpha.replace("sslmode=require", "sslmode=verify-full") + "&sslrootcert=/tmp/ca.crt"
    assert databases.client.sql(checked, "SELECT 1") == "1"


def test_a_pod_of_another_namespace_cannot_connect(databases: Databases) -> None:
    elsewhere = databases.server.kubernetes.start_client("default", name=f"stranger-{databases.server.namespace}")
    try:
        refused = elsewhere.try_sql(databases.alpha, "SELECT 1")
    finally:
        elsewhere.remove()
    assert refused.code != 0
    # The address was found, and no server spoke: a packet filter rejects or drops.
    assert "Connection refused" in refused.output or "timeout expired" in refused.output


def test_a_refresh_finds_nothing_that_differs(databases: Databases) -> None:
    assert databases.owned.refresh().changed == {}


def test_the_own_namespace_reaches_no_other_port(databases: Databases) -> None:
    pod = databases.server.kubernetes.get("pod", databases.server.primary(), databases.server.namespace)
    address = pod["status"]["podIP"]
    reached = {
        port: databases.client.shell(f"timeout 3 bash -c 'exec 3<>/dev/tcp/{address}/{port}'").code == 0
        for port in (5432, 8000, 9187)
    }
    assert reached == {5432: True, 8000: False, 9187: False}


def test_a_role_that_is_taken_over_keeps_its_attributes_or_loses_them_by_name(databases: Databases) -> None:
    databases.server.sql("CREATE ROLE legacy LOGIN SUPERUSER CREATEDB CONNECTION LIMIT 7")
    databases.server.sql("GRANT pg_monitor TO legacy")
    databases.server.sql("CREATE DATABASE legacy OWNER legacy")
    attributes = "SELECT rolsuper, rolcreatedb, rolconnlimit, pg_has_role('legacy', 'pg_monitor', 'member') "
    attributes += "FROM pg_roles WHERE rolname = 'legacy'"
    about = databases.server.namespace

    def with_legacy(**properties: Any) -> stack.Program:
        legacy = programs.shared(about, "server", **properties)
        return {**databases.program, "resources": {**databases.program["resources"], "legacy": legacy}}

    refused = databases.owned.preview(with_legacy(), fails=True)
    suggested = "ownerAttributes: { superuser: true, createdb: true, connectionLimit: 7, inRoles: [pg_monitor] }"
    assert suggested in " ".join(refused.output.split())
    assert databases.server.sql(attributes) == ["t|t|7|t"]
    answer = {"superuser": True, "createdb": False, "connectionLimit": 7, "inRoles": ["pg_monitor"]}
    databases.owned.up(with_legacy(ownerAttributes=answer))
    assert databases.server.sql(attributes) == ["t|f|7|t"]
    assert databases.owned.refresh().changed == {}
    databases.owned.up(with_legacy(ownerAttributes={}))
    assert databases.server.sql(attributes) == ["f|f|-1|f"]
