import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { cnpgManifest } from "../shared/configuration";

/** What all applications need. */
export class CoreServices extends pulumi.ComponentResource {
    /** What a Cluster comes after. */
    readonly operator: pulumi.Output<pulumi.Resource>;

    constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
        super("household:index:CoreServices", name, {}, opts);
        const cnpg = new k8s.yaml.ConfigFile("cloudnative-pg", { file: cnpgManifest }, { parent: this });
        this.operator = cnpg.getResource("apps/v1/Deployment", "cnpg-system", "cnpg-controller-manager");
    }
}
