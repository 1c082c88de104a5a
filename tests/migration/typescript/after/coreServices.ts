import * as pulumi from "@pulumi/pulumi";
import * as tau from "pulumi-tau";

/** What all applications need. */
export class CoreServices extends pulumi.ComponentResource {
    readonly operator: tau.postgres.Operator;

    constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
        super("household:index:CoreServices", name, {}, opts);
        this.operator = new tau.postgres.Operator("operator", {}, {
            parent: this,
            aliases: [{ type: "kubernetes:yaml:ConfigFile", name: "cloudnative-pg" }],
        });
    }
}
