import * as k8s from "@pulumi/kubernetes";
import * as tau from "pulumi-tau";

const operator = new tau.postgres.Operator("operator");
const letters = new tau.app.TauApplication("letters", {
    namespace: "letters",
    database: {},
    env: { LISTEN_ADDR: "0.0.0.0:8080", RUN_MIGRATIONS: "1" },
    ports: [{ port: 8080 }],
    volumes: [{ mountPath: "/var/lib/letters", size: "1Gi" }],
    configFiles: { "/etc/letters.conf": "greeting = hello\n" },
}, { dependsOn: [operator] });

new k8s.apps.v1.Deployment("deployment", {
    metadata: { name: "letters", namespace: letters.namespace },
    spec: {
        strategy: { type: "Recreate" },
        selector: { matchLabels: { app: letters.name } },
        template: {
            metadata: { labels: letters.labels }, // the Service selects the Pods by these
            spec: {
                securityContext: { fsGroup: 65534 },
                containers: [{
                    name: "miniflux",
                    image: "docker.io/miniflux/miniflux:2.2.14",
                    env: letters.environment, // DATABASE_URL and DB_*, and those of `env`
                    volumeMounts: letters.volumeMounts,
                }],
                volumes: letters.volumes,
            },
        },
    },
});

export const url = letters.url;
