import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { APPLICATION } from "../shared/application";

/** URN of an application of the program as it was before. */
export function application(name: string): pulumi.Output<string> {
    return pulumi.createUrn(name, APPLICATION);
}

/** The alias of a Cluster that a PostgresCluster of the program as it was before had made. */
export function cluster(name: string, parent: pulumi.Input<string>): pulumi.Alias {
    return {
        type: "kubernetes:postgresql.cnpg.io/v1:Cluster",
        name,
        parent: pulumi.createUrn(name, "household:index:PostgresCluster", parent),
    };
}

/** The password in the Secret that the operator made for a Cluster without one of its own. */
export function password(namespace: string, cluster: string): pulumi.Output<string> {
    const secret = k8s.core.v1.Secret.get(`${cluster}-app`, `${namespace}/${cluster}-app`);
    return secret.data.apply((data) => Buffer.from(data.password, "base64").toString());
}
