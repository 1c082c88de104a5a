"""Miniflux, a feed reader, with a dedicated database."""

import pulumi
import pulumi_random as random
import pulumi_tau as tau

operator = tau.postgres.Operator("operator")
admin_password = random.RandomPassword("adminPassword", length=20)
miniflux = tau.app.TauApplication(
    "miniflux",
    namespace="feeds",
    image="docker.io/miniflux/miniflux:2.2.14",
    ports=[{"port": 8080}],
    database={},  # DATABASE_URL and DB_*
    env={"LISTEN_ADDR": "0.0.0.0:8080", "RUN_MIGRATIONS": "1", "CREATE_ADMIN": "1", "ADMIN_USERNAME": "admin"},
    secret_env={"ADMIN_PASSWORD": admin_password.result},
    probes={"readiness": {"path": "/healthcheck"}},
    opts=pulumi.ResourceOptions(depends_on=[operator]),
)

pulumi.export("url", miniflux.url)
pulumi.export("password", admin_password.result)
