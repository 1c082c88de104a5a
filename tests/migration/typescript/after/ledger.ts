import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as tau from "pulumi-tau";
import { Application } from "../shared/application";
import { BOOKKEEPING } from "../shared/bookkeeping";
import { postgresImage } from "../shared/configuration";
import { CoreServices } from "./coreServices";
import * as former from "./former";

/** The household's ledger: a Deployment of its own as before, with a database of tau's and the password it had. */
export class Ledger extends Application {
    constructor(name: string, core: CoreServices, opts?: pulumi.ComponentResourceOptions) {
        super(name, opts);
        const password = new random.RandomPassword("ledger-db", { length: 24, special: false }, {
            parent: this,
            protect: true,
        });
        const server = new tau.postgres.Instance("ledger-db", {
            name: "ledger-db",
            namespace: this.namespace,
            image: postgresImage,
            resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } },
        }, {
            parent: this,
            dependsOn: [core.operator],
            protect: true,
            aliases: [former.cluster("ledger-db", this.urn)],
        });
        const database = new tau.postgres.Database("household_ledger", {
            namespace: this.namespace,
            instance: server.name,
            owner: "ledger",
            password: password.result,
        }, { parent: this });
        this.addVolume("receipts", "/receipts", "64Mi");
        this.addDeployment({
            image: postgresImage,
            command: ["sh", "-c", `export PGHOST=$DB_HOST PGDATABASE=$DB_NAME PGUSER=$DB_USER PGPASSWORD=$DB_PASSWORD\n${BOOKKEEPING}`],
            env: database.environment,
        });
    }
}
