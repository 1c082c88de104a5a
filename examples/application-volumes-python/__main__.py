"""A database that is dumped every night to a folder of the NAS, through a volume of the cluster."""

import pulumi
import pulumi_tau as tau

DUMP = """\
while pg_dump --format=custom --file=/scratch/dump "$DATABASE_URL"; do
  cp /scratch/dump "/nas/archive-$(date +%F).dump"
  sleep 86400
done
"""

config = pulumi.Config()
operator = tau.postgres.Operator("operator")
archive = tau.app.TauApplication(
    "archive",
    namespace="archive",
    image="ghcr.io/cloudnative-pg/postgresql:17-standard-trixie",
    database={"version": "17"},
    volumes=[
        {"mount_path": "/scratch", "size": "1Gi"},
        {"mount_path": "/nas", "nfs": {"server": config.require("nas"), "path": config.require("folder")}},
    ],
    security_context={"run_as_user": 26, "run_as_group": 26},
    command=["bash", "-c"],
    args=[DUMP],
    probes={
        "startup": {"command": ["sh", "-c", "ls /nas/archive-*.dump"]},
        "readiness": {"enabled": False},
        "liveness": {"enabled": False},
    },
    opts=pulumi.ResourceOptions(depends_on=[operator]),
)

pulumi.export("secretNames", archive.secret_names)
