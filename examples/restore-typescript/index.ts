import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as tau from "pulumi-tau";

const config = new pulumi.Config();
const operator = new tau.postgres.Operator("operator");
const namespace = new k8s.core.v1.Namespace("namespace", { metadata: { name: "rescue" } });
const archive = new tau.postgres.BackupStore("archive", {
    namespace: namespace.metadata.name,
    nfs: { server: config.require("nas"), path: config.require("folder") },
    folder: "office/backups", // the folder of the other stack's BackupStore
}, { dependsOn: [operator] });
const server = new tau.postgres.Instance("server", {
    namespace: namespace.metadata.name,
    restore: { from: "postgres-orders", store: archive.store, targetTime: config.require("moment") },
    backup: { enabled: false },
});
const orders = new tau.postgres.Database("orders", {
    namespace: namespace.metadata.name,
    instance: server.name,
});

export const secretName = orders.secretName;
