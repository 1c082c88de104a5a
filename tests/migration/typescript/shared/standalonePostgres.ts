import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { postgresImage, storageClass, storageSize } from "./configuration";

const START = `
set -e
export PGDATA=/data/pgdata
if [ ! -s $PGDATA/PG_VERSION ]; then
    echo "$POSTGRES_PASSWORD" > /tmp/password
    initdb --username postgres --pwfile /tmp/password --auth-host scram-sha-256 --encoding UTF8 > /dev/null
    echo "host all all all scram-sha-256" >> $PGDATA/pg_hba.conf
    pg_ctl start --wait --options "-c listen_addresses='' -k /tmp" > /dev/null
    psql -h /tmp -U postgres -c "CREATE ROLE $POSTGRES_USER LOGIN PASSWORD '$POSTGRES_PASSWORD'"
    createdb -h /tmp -U postgres -O $POSTGRES_USER $POSTGRES_DB
    pg_ctl stop --wait > /dev/null
fi
exec postgres -c listen_addresses='*' -k /tmp
`;

/** A PostgreSQL server without an operator: the oldest database of the house. */
export class StandalonePostgres extends pulumi.ComponentResource {
    readonly host: string;
    readonly passwordSecret: pulumi.Output<string>;

    constructor(name: string, database: string, namespace: pulumi.Input<string>, opts?: pulumi.ComponentResourceOptions) {
        super("household:index:StandalonePostgres", name, {}, opts);
        this.host = name;
        const labels = { app: name };
        const metadata = { name, namespace, labels };
        const password = new random.RandomPassword(name, { length: 24, special: false }, { parent: this });
        const secret = new k8s.core.v1.Secret(name, { metadata, stringData: { password: password.result } }, {
            parent: this,
        });
        this.passwordSecret = secret.metadata.name;
        const service = new k8s.core.v1.Service(name, {
            metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
            spec: { selector: labels, ports: [{ port: 5432 }] },
        }, { parent: this });
        const container: k8s.types.input.core.v1.Container = {
            name: "postgres",
            image: postgresImage,
            command: ["bash", "-c", START],
            env: [
                { name: "POSTGRES_DB", value: database },
                { name: "POSTGRES_USER", value: database },
                { name: "POSTGRES_PASSWORD", valueFrom: { secretKeyRef: { name: secret.metadata.name, key: "password" } } },
            ],
            readinessProbe: { exec: { command: ["pg_isready", "-h", "127.0.0.1"] }, periodSeconds: 1 },
            resources: { requests: { cpu: "10m", memory: "64Mi" } },
            volumeMounts: [{ name: "data", mountPath: "/data" }],
        };
        new k8s.apps.v1.StatefulSet(name, {
            metadata,
            spec: {
                serviceName: service.metadata.name,
                selector: { matchLabels: labels },
                template: {
                    metadata: { labels },
                    spec: { containers: [container], securityContext: { runAsUser: 26, fsGroup: 26 } },
                },
                volumeClaimTemplates: [{
                    metadata: { name: "data" },
                    spec: {
                        accessModes: ["ReadWriteOnce"],
                        storageClassName: storageClass,
                        resources: { requests: { storage: storageSize } },
                    },
                }],
            },
        }, { parent: this });
    }
}
