import * as random from "@pulumi/random";
import * as tau from "pulumi-tau";

const operator = new tau.postgres.Operator("operator");
const adminPassword = new random.RandomPassword("adminPassword", { length: 20 });
const miniflux = new tau.app.TauApplication("miniflux", {
    namespace: "feeds",
    image: "docker.io/miniflux/miniflux:2.2.14",
    ports: [{ port: 8080 }],
    database: {}, // DATABASE_URL and DB_*
    env: { LISTEN_ADDR: "0.0.0.0:8080", RUN_MIGRATIONS: "1", CREATE_ADMIN: "1", ADMIN_USERNAME: "admin" },
    secretEnv: { ADMIN_PASSWORD: adminPassword.result },
    probes: { readiness: { path: "/healthcheck" } },
}, { dependsOn: [operator] });

export const url = miniflux.url;
export const password = adminPassword.result;
