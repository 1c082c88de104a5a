import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { postgresImage, storageClass, storageSize } from "../shared/configuration";

export interface PostgresClusterArgs {
    namespace: pulumi.Input<string>;
    database: string;
    owner: string;
    /** Secret with the owner's password; the operator makes one, `<name>-app`, where it is left out. */
    secret?: pulumi.Input<string>;
    operator: pulumi.Input<pulumi.Resource>;
}

/** A CloudNativePG Cluster with one database, written by hand. */
export class PostgresCluster extends pulumi.ComponentResource {
    readonly host: string;
    /** Secret that the operator makes. */
    readonly appSecret: string;

    constructor(name: string, args: PostgresClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        super("household:index:PostgresCluster", name, {}, opts);
        const { namespace, database, owner, secret, operator } = args;
        this.host = `${name}-rw`;
        this.appSecret = `${name}-app`;
        new k8s.apiextensions.CustomResource(name, {
            apiVersion: "postgresql.cnpg.io/v1",
            kind: "Cluster",
            metadata: {
                name,
                namespace,
                annotations: { "pulumi.com/waitFor": "condition=Ready" },
            },
            spec: {
                instances: 1,
                imageName: postgresImage,
                enablePDB: false,
                storage: { size: storageSize, storageClass },
                bootstrap: { initdb: { database, owner, ...(secret ? { secret: { name: secret } } : {}) } },
                resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } },
            },
        }, { parent: this, dependsOn: operator });
    }
}
