"""Applications with several databases, or with one on a server that others use too, and every driver beside one."""

import json
import os
import pathlib
import uuid
from collections.abc import Iterator

import pytest

from testbed.drive import applications, kubernetes, programs
from testbed.drive.applications import Requester, visits
from tests.cluster.conftest import NewStack
from tests.drivers import clients, connect, matrix, table

# `make drivers` runs all of them and writes the table; `make test` those whose languages it needs anyway.
_ALL_DRIVERS = os.environ.get("TAU_DRIVERS") == "all"
# SQLAlchemy hands `sslmode` on to asyncpg, which knows it in a URL only; applications give it DB_*.
_REFUSE_THE_URL = {"sqlalchemy-asyncpg": "unexpected keyword argument 'sslmode'"}


@pytest.fixture(scope="module")
def client(operator: None, new_stack: NewStack, cluster: kubernetes.Kubernetes) -> Iterator[Requester]:
    """A client beside two applications: one with two databases on one server, one with a third one there."""
    namespace = f"test-{uuid.uuid4().hex[:8]}"
    cluster.create_namespace(namespace)
    owned = new_stack()
    on = {"instance": "${server.name}"}
    owned.up(
        {
            "resources": {
                "server": programs.instance(namespace),
                "shop": visits(namespace, databases={"main": on, "analytics": on}, prefix="ANALYTICS_"),
                "wiki": visits(namespace, database=on),
            }
        }
    )
    yield applications.requester(cluster, namespace)
    cluster.delete_namespace(namespace)


def _variables(client: Requester, application: str) -> dict[str, str]:
    script = ["exec", "--namespace", client.namespace, f"deployment/{application}", "--", "env"]
    found = client.cluster.kubectl(*script).splitlines()
    return dict(line.split("=", 1) for line in found if "DATABASE_URL" in line or "DB_" in line)


def test_each_database_has_variables_of_its_own(client: Requester) -> None:
    found = _variables(client, "shop")
    assert {found["MAIN_DB_NAME"], found["ANALYTICS_DB_NAME"]} == {"shop-main", "shop-analytics"}
    assert {found["MAIN_DB_USER"], found["ANALYTICS_DB_USER"]} == {"shop-main", "shop-analytics"}
    assert found["MAIN_DB_PASSWORD"] != found["ANALYTICS_DB_PASSWORD"]
    assert "DATABASE_URL" not in found


def test_the_application_uses_the_one_that_it_wants(client: Requester) -> None:
    answer = client.get("http://shop/")
    assert answer["url"][1:] == answer["parts"][1:] == ["shop-analytics", "shop-analytics"]


def test_two_applications_share_a_server(client: Requester) -> None:
    assert client.get("http://wiki/")["url"][1:] == ["wiki", "wiki"]
    assert _variables(client, "wiki")["DB_HOST"] == _variables(client, "shop")["MAIN_DB_HOST"]


@pytest.mark.parametrize(("own", "other"), [("MAIN", "shop-analytics"), ("ANALYTICS", "shop-main"), ("MAIN", "wiki")])
def test_no_role_reaches_another_database(client: Requester, own: str, other: str) -> None:
    url = _variables(client, "shop")[f"{own}_DATABASE_URL"]
    head, _, query = url.partition("?")
    elsewhere = json.dumps(f"{head.rpartition('/')[0]}/{other}?{query}")
    script = ["exec", "--namespace", client.namespace, client.name, "--", "python3", "-c"]
    refused = client.cluster.try_kubectl(*script, f"import psycopg2; psycopg2.connect({elsewhere})")
    assert "pg_hba.conf rejects connection" in refused.output


def test_every_driver_connects_with_tls_and_verifies_as_the_table_says(
    client: Requester, tmp_path: pathlib.Path
) -> None:
    host = _variables(client, "wiki")["DB_HOST"]
    address = client.cluster.get("service", host.partition(".")[0], client.namespace)["spec"]["clusterIP"]
    chosen = [one for one in clients.everything() if _ALL_DRIVERS or one.always]
    found = matrix.outcomes(chosen, connect.place(host, address), tmp_path)
    failures = {one.run: outcome for one, outcome in found.items() if isinstance(outcome, str)}
    assert failures.keys() == {one.run for one in chosen} & _REFUSE_THE_URL.keys(), failures
    assert all(_REFUSE_THE_URL[run] in reason for run, reason in failures.items())
    rows = table.rendered(found)
    if _ALL_DRIVERS:
        table.write(rows)
    assert set(rows) <= set(table.in_document())
