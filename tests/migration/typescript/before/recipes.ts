import * as pulumi from "@pulumi/pulumi";
import { Application } from "../shared/application";
import { postgresImage, recipesReplicas } from "../shared/configuration";
import { COOKING } from "../shared/cooking";
import { StandalonePostgres } from "../shared/standalonePostgres";

/** The recipe book, on a server without an operator. */
export class Recipes extends Application {
    constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
        super(name, opts);
        const server = new StandalonePostgres("recipes-db", "recipes", this.namespace, { parent: this });
        const password = { secretKeyRef: { name: server.passwordSecret, key: "password" } };
        this.addDeployment({
            image: postgresImage,
            command: ["sh", "-c", COOKING],
            env: [
                { name: "PGHOST", value: server.host },
                { name: "PGDATABASE", value: "recipes" },
                { name: "PGUSER", value: "recipes" },
                { name: "PGPASSWORD", valueFrom: password },
            ],
        }, recipesReplicas, { dependsOn: [server] });
    }
}
