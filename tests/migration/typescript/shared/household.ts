import * as pulumi from "@pulumi/pulumi";

/** What everything in the cluster is labelled with, so that a person can tell it from what others have put there. */
export const HOUSEHOLD = { "example.com/household": "garden" };

/** Properties of a Kubernetes resource with the label of the household; those of other resources as they are. */
export function labelled(type: string, props: Record<string, any>): Record<string, any> {
    if (!type.startsWith("kubernetes:") || !props.metadata) {
        return props;
    }
    const metadata = pulumi.output(props.metadata).apply((known) => ({
        ...known,
        labels: { ...known.labels, ...HOUSEHOLD },
    }));
    return { ...props, metadata };
}
