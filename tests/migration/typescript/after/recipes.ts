import * as pulumi from "@pulumi/pulumi";
import * as tau from "pulumi-tau";
import { Application } from "../shared/application";
import { postgresImage } from "../shared/configuration";
import { COOKING } from "../shared/cooking";
import { StandalonePostgres } from "../shared/standalonePostgres";
import { CoreServices } from "./coreServices";

/** The recipe book: its data moves into a server of its own when that is made. The old server stays for a while. */
export class Recipes extends Application {
    constructor(name: string, core: CoreServices, opts?: pulumi.ComponentResourceOptions) {
        super(name, opts);
        const old = new StandalonePostgres("recipes-db", "recipes", this.namespace, { parent: this });
        const database = new tau.postgres.Database("recipes", {
            namespace: this.namespace,
            resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } },
            clusterSpec: {
                imageName: postgresImage,
                bootstrap: {
                    initdb: {
                        import: {
                            type: "monolith",
                            databases: ["recipes"],
                            roles: ["recipes"],
                            source: { externalCluster: "old" },
                        },
                    },
                },
                externalClusters: [{
                    name: "old",
                    connectionParameters: { host: old.host, user: "postgres", dbname: "postgres" },
                    password: { name: old.passwordSecret, key: "password" },
                }],
            },
        }, { parent: this, protect: true, dependsOn: [core.operator, old] });
        this.addDeployment({
            image: postgresImage,
            command: ["sh", "-c", `export PGHOST=$DB_HOST PGDATABASE=$DB_NAME PGUSER=$DB_USER PGPASSWORD=$DB_PASSWORD\n${COOKING}`],
            env: database.environment,
        });
    }
}
