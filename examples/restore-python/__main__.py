"""Restores a database of the example shared-store to a given time, next to the live one, in a separate stack."""

from typing import cast

import pulumi
import pulumi_kubernetes as k8s
import pulumi_tau as tau

config = pulumi.Config()
operator = tau.postgres.Operator("operator")
namespace = k8s.core.v1.Namespace("namespace", metadata={"name": "rescue"})
archive = tau.postgres.BackupStore(
    "archive",
    namespace=namespace.metadata.name,
    nfs={"server": config.require("nas"), "path": config.require("folder")},
    folder="office/backups",  # the folder of the other stack's BackupStore
    opts=pulumi.ResourceOptions(depends_on=[operator]),
)
# Pulumi's Python SDK has separate types for outputs and inputs; the values are the same.
store = cast(pulumi.Output[tau.postgres.StoreArgsDict], archive.store)
server = tau.postgres.Instance(
    "server",
    namespace=namespace.metadata.name,
    restore={"from_": "postgres-orders", "store": store, "target_time": config.require("moment")},
    backup={"enabled": False},
)
orders = tau.postgres.Database("orders", namespace=namespace.metadata.name, instance=server.name)

pulumi.export("secretName", orders.secret_name)
