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
