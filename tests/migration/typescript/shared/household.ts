import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** What everything in the cluster is labelled with, so that a person can tell it from what others have put there. */
export const HOUSEHOLD = { "example.com/household": "garden" };

/** Properties of a Kubernetes resource with the label of the household; those of other resources as they are. */
export function labelled(type: string, props: pulumi.Inputs): pulumi.Inputs {
    if (!type.startsWith("kubernetes:") || !props.metadata) {
        return props;
    }
    const given = props.metadata as pulumi.Input<k8s.types.input.meta.v1.ObjectMeta>;
    const metadata = pulumi.output(given).apply((known) => ({ ...known, labels: { ...known.labels, ...HOUSEHOLD } }));
    return { ...props, metadata };
}
