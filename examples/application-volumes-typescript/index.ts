import * as pulumi from "@pulumi/pulumi";
import * as tau from "pulumi-tau";

const config = new pulumi.Config();
const dump = `\
while pg_dump --format=custom --file=/scratch/dump "$DATABASE_URL"; do
  cp /scratch/dump "/nas/archive-$(date +%F).dump"
  sleep 86400
done
`;

const operator = new tau.postgres.Operator("operator");
const archive = new tau.app.TauApplication("archive", {
    namespace: "archive",
    image: "ghcr.io/cloudnative-pg/postgresql:17-standard-trixie",
    database: { version: "17" },
    volumes: [
        { mountPath: "/scratch", size: "1Gi" },
        { mountPath: "/nas", nfs: { server: config.require("nas"), path: config.require("folder") } },
    ],
    securityContext: { runAsUser: 26, runAsGroup: 26 },
    command: ["bash", "-c"],
    args: [dump],
    probes: {
        startup: { command: ["sh", "-c", "ls /nas/archive-*.dump"] },
        readiness: { enabled: false },
        liveness: { enabled: false },
    },
}, { dependsOn: [operator] });

export const secretNames = archive.secretNames;
