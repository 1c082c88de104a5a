import * as k8s from "@pulumi/kubernetes";
import * as tau from "pulumi-tau";

const collect = `\
psql "$DATABASE_URL" -c 'CREATE TABLE IF NOT EXISTS reading (at timestamptz DEFAULT now(), value float)'
while psql "$DATABASE_URL" -c 'INSERT INTO reading (value) VALUES (random())'; do sleep 10; done
`;

const operator = new tau.postgres.Operator("operator");
const namespace = new k8s.core.v1.Namespace("namespace", { metadata: { name: "household" } });
const shared = new tau.postgres.Instance("shared", {
    name: "shared",
    namespace: namespace.metadata.name,
}, { dependsOn: [operator] });
const feeds = new tau.app.TauApplication("feeds", {
    namespace: shared.namespace,
    image: "docker.io/miniflux/miniflux:2.2.14",
    ports: [{ port: 8080 }],
    database: { instance: shared.name },
    env: { LISTEN_ADDR: "0.0.0.0:8080", RUN_MIGRATIONS: "1" },
});
const readings = new tau.app.TauApplication("readings", {
    namespace: shared.namespace,
    image: "ghcr.io/cloudnative-pg/postgresql:17-standard-trixie",
    database: { instance: shared.name },
    command: ["bash", "-c"],
    args: [collect],
});

export const url = feeds.url;
export const databases = [feeds, readings].map((one) => one.databases.default.database);
