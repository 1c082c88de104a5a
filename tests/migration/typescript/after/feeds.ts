import * as pulumi from "@pulumi/pulumi";
import * as tau from "pulumi-tau";
import { postgresImage } from "../shared/configuration";
import { CoreServices } from "./coreServices";
import * as former from "./former";

/** Miniflux on tau: no class of its own any more. Its namespace stays and belongs to nobody's state. */
export function feeds(core: CoreServices, opts?: pulumi.ComponentResourceOptions): tau.app.TauApplication {
    const parent = former.application("feeds");
    const server = new tau.postgres.Instance("feeds-db", {
        name: "feeds-db",
        namespace: "feeds",
        image: postgresImage,
        resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } },
    }, { ...opts, dependsOn: [core.operator], protect: true, aliases: [former.cluster("feeds-db", parent)] });
    return new tau.app.TauApplication("feeds", {
        namespace: "feeds",
        image: "docker.io/miniflux/miniflux:2.2.14",
        securityContext: { runAsUser: 65534 },
        database: { name: "miniflux", instance: server.name, password: former.password("feeds", "feeds-db") },
        env: { LISTEN_ADDR: "0.0.0.0:8080", RUN_MIGRATIONS: "1" },
        ports: [{ port: 80, targetPort: 8080 }],
        probes: { readiness: { path: "/healthcheck" } },
        ingress: { tls: false },
    }, {
        ...opts,
        dependsOn: [core.operator],
        aliases: [
            { type: "kubernetes:apps/v1:Deployment", name: "feeds", parent },
            { type: "kubernetes:core/v1:Service", name: "feeds", parent },
            { type: "kubernetes:networking.k8s.io/v1:Ingress", name: "feeds", parent },
        ],
    });
}
