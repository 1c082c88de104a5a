import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { cnpgManifest } from "../shared/configuration";

/** What all applications need. */
export class CoreServices extends pulumi.ComponentResource {
    constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
        super("household:index:CoreServices", name, {}, opts);
        new k8s.yaml.ConfigFile("cloudnative-pg", { file: cnpgManifest }, { parent: this });
    }
}
