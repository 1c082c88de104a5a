import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as tau from "pulumi-tau";

const config = new pulumi.Config();
const operator = new tau.postgres.Operator("operator");
const namespace = new k8s.core.v1.Namespace("namespace", { metadata: { name: "office" } });
const backups = new tau.postgres.BackupStore("backups", {
    namespace: namespace.metadata.name,
    nfs: { server: config.require("nas"), path: config.require("folder") },
}, { dependsOn: [operator] });
const orders = new tau.postgres.Database("orders", {
    namespace: namespace.metadata.name,
    backup: { store: backups.store, retentionDays: 14 },
});
const wiki = new tau.postgres.Database("wiki", {
    namespace: namespace.metadata.name,
    backup: { store: backups.store, schedule: "0 4 * * 0" }, // weekly is enough
});

export const folder = backups.folder;
export const servers = [orders.instanceName, wiki.instanceName];
