import * as pulumi from "@pulumi/pulumi";
import { Application } from "../shared/application";
import { CoreServices } from "./coreServices";
import { PostgresCluster } from "./postgresCluster";

/** Miniflux, a feed reader, with the Secret that the operator makes for its database. */
export class Feeds extends Application {
    constructor(name: string, core: CoreServices, opts?: pulumi.ComponentResourceOptions) {
        super(name, opts);
        const server = new PostgresCluster("feeds-db", {
            namespace: this.namespace,
            database: "miniflux",
            owner: "miniflux",
            operator: core.operator,
        }, { parent: this });
        const uri = { secretKeyRef: { name: server.appSecret, key: "uri" } };
        this.addDeployment({
            image: "docker.io/miniflux/miniflux:2.2.14",
            user: 65534,
            env: [
                { name: "DATABASE_URL", valueFrom: uri },
                { name: "LISTEN_ADDR", value: "0.0.0.0:8080" },
                { name: "RUN_MIGRATIONS", value: "1" },
            ],
            port: 8080,
        }, 1, { dependsOn: [server] });
        this.addService(8080);
        this.addIngress();
    }
}
