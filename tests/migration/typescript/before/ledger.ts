import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { Application } from "../shared/application";
import { BOOKKEEPING } from "../shared/bookkeeping";
import { postgresImage } from "../shared/configuration";
import { CoreServices } from "./coreServices";
import { PostgresCluster } from "./postgresCluster";

/** The household's ledger, with a password and a Secret of its own, and a volume. */
export class Ledger extends Application {
    constructor(name: string, core: CoreServices, opts?: pulumi.ComponentResourceOptions) {
        super(name, opts);
        const password = new random.RandomPassword("ledger-db", { length: 24, special: false }, { parent: this });
        const secret = new k8s.core.v1.Secret("ledger-db-owner", {
            metadata: this.metadata("ledger-db-owner"),
            type: "kubernetes.io/basic-auth",
            stringData: { username: "ledger", password: password.result },
        }, { parent: this });
        const server = new PostgresCluster("ledger-db", {
            namespace: this.namespace,
            database: "household_ledger",
            owner: "ledger",
            operator: core.operator,
            secret: secret.metadata.name,
        }, { parent: this });
        this.addVolume("receipts", "/receipts", "64Mi");
        this.addDeployment({
            image: postgresImage,
            command: ["sh", "-c", BOOKKEEPING],
            env: [
                { name: "PGHOST", value: server.host },
                { name: "PGDATABASE", value: "household_ledger" },
                { name: "PGUSER", value: "ledger" },
                { name: "PGPASSWORD", valueFrom: { secretKeyRef: { name: secret.metadata.name, key: "password" } } },
            ],
        }, 1, { dependsOn: [server] });
    }
}
