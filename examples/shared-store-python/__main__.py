"""One backup store on the NAS, and two servers with databases that are archived there."""

from typing import cast

import pulumi
import pulumi_kubernetes as k8s
import pulumi_tau as tau

config = pulumi.Config()
operator = tau.postgres.Operator("operator")
namespace = k8s.core.v1.Namespace("namespace", metadata={"name": "office"})
backups = tau.postgres.BackupStore(
    "backups",
    namespace=namespace.metadata.name,
    nfs={"server": config.require("nas"), "path": config.require("folder")},
    opts=pulumi.ResourceOptions(depends_on=[operator]),
)
# Pulumi's Python SDK has separate types for outputs and inputs; the values are the same.
store = cast(pulumi.Output[tau.postgres.StoreArgsDict], backups.store)
orders = tau.postgres.Database(
    "orders",
    namespace=namespace.metadata.name,
    backup={"store": store, "retention_days": 14},
)
wiki = tau.postgres.Database(
    "wiki",
    namespace=namespace.metadata.name,
    backup={"store": store, "schedule": "0 4 * * 0"},  # weekly is enough
)

pulumi.export("folder", backups.folder)
pulumi.export("servers", [orders.instance_name, wiki.instance_name])
