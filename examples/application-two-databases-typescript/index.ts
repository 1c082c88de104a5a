import * as tau from "pulumi-tau";

const move = `\
set -eu
psql "$MAIN_DATABASE_URL" -c 'CREATE TABLE IF NOT EXISTS reading (at timestamptz DEFAULT now(), value float)'
psql "$ANALYTICS_DATABASE_URL" -c 'CREATE TABLE IF NOT EXISTS reading (at timestamptz, value float)'
while true; do
  psql "$MAIN_DATABASE_URL" -c 'INSERT INTO reading (value) VALUES (random())'
  psql "$MAIN_DATABASE_URL" -c 'COPY (SELECT * FROM reading) TO STDOUT' |
    psql "$ANALYTICS_DATABASE_URL" -c 'COPY reading FROM STDIN'
  psql "$MAIN_DATABASE_URL" -c 'TRUNCATE reading'
  sleep 10
done
`;

const operator = new tau.postgres.Operator("operator");
const telemetry = new tau.app.TauApplication("telemetry", {
    namespace: "telemetry",
    image: "ghcr.io/cloudnative-pg/postgresql:17-standard-trixie",
    databases: {
        main: {}, // MAIN_DATABASE_URL and MAIN_DB_*
        analytics: { version: "17", storageSize: "20Gi" },
    },
    command: ["bash", "/scripts/move.sh"],
    configFiles: { "/scripts/move.sh": move },
}, { dependsOn: [operator] });

export const main = telemetry.databases.main.instanceName;
export const analytics = telemetry.databases.analytics.instanceName;
