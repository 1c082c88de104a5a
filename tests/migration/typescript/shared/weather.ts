import * as pulumi from "@pulumi/pulumi";
import { Application } from "./application";

/** A page without a database. Nothing of it changes when others move. */
export class Weather extends Application {
    constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
        super(name, opts);
        this.addDeployment({
            image: "docker.io/library/busybox:1.36",
            command: ["httpd", "-f", "-p", "8080", "-h", "/etc/application"],
            configFiles: { "index.html": "Sunny\n" },
            port: 8080,
        });
        this.addService(8080);
        this.addIngress();
    }
}
