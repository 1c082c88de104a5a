"""A worker that moves rows from one database to another one, for reports."""

import pulumi
import pulumi_tau as tau

MOVE = """\
set -eu
psql "$MAIN_DATABASE_URL" -c 'CREATE TABLE IF NOT EXISTS reading (at timestamptz DEFAULT now(), value float)'
psql "$ANALYTICS_DATABASE_URL" -c 'CREATE TABLE IF NOT EXISTS reading (at timestamptz, value float)'
while true; do
  psql "$MAIN_DATABASE_URL" -c 'INSERT INTO reading (value) VALUES (random())'
  psql "$MAIN_DATABASE_URL" -c 'COPY (SELECT * FROM reading) TO STDOUT' |
    psql "$ANALYTICS_DATABASE_URL" -c 'COPY reading FROM STDIN'
  psql "$MAIN_DATABASE_URL" -c 'TRUNCATE reading'
  sleep 10
done
"""

operator = tau.postgres.Operator("operator")
telemetry = tau.app.TauApplication(
    "telemetry",
    namespace="telemetry",
    image="ghcr.io/cloudnative-pg/postgresql:17-standard-trixie",
    databases={
        "main": {},  # MAIN_DATABASE_URL and MAIN_DB_*
        "analytics": {"version": "17", "storage_size": "20Gi"},
    },
    command=["bash", "/scripts/move.sh"],
    config_files={"/scripts/move.sh": MOVE},
    opts=pulumi.ResourceOptions(depends_on=[operator]),
)

pulumi.export("main", telemetry.databases["main"].instance_name)
pulumi.export("analytics", telemetry.databases["analytics"].instance_name)
