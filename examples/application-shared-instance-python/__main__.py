"""Two applications in one namespace with their databases on one server, which saves the memory of a second."""

import pulumi
import pulumi_kubernetes as k8s
import pulumi_tau as tau

COLLECT = """\
psql "$DATABASE_URL" -c 'CREATE TABLE IF NOT EXISTS reading (at timestamptz DEFAULT now(), value float)'
while psql "$DATABASE_URL" -c 'INSERT INTO reading (value) VALUES (random())'; do sleep 10; done
"""

operator = tau.postgres.Operator("operator")
namespace = k8s.core.v1.Namespace("namespace", metadata={"name": "household"})
shared = tau.postgres.Instance(
    "shared",
    name="shared",
    namespace=namespace.metadata.name,
    opts=pulumi.ResourceOptions(depends_on=[operator]),
)
feeds = tau.app.TauApplication(
    "feeds",
    namespace=shared.namespace,
    image="docker.io/miniflux/miniflux:2.2.14",
    ports=[{"port": 8080}],
    database={"instance": shared.name},
    env={"LISTEN_ADDR": "0.0.0.0:8080", "RUN_MIGRATIONS": "1"},
)
readings = tau.app.TauApplication(
    "readings",
    namespace=shared.namespace,
    image="ghcr.io/cloudnative-pg/postgresql:17-standard-trixie",
    database={"instance": shared.name},
    command=["bash", "-c"],
    args=[COLLECT],
)

pulumi.export("url", feeds.url)
pulumi.export("databases", [one.databases["default"].database for one in (feeds, readings)])
