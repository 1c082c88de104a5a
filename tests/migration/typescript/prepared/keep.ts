import * as pulumi from "@pulumi/pulumi";

/** What holds data: the engine refuses to delete it, and to replace it. */
const PROTECTED = [
    "kubernetes:apps/v1:StatefulSet",
    "kubernetes:core/v1:PersistentVolumeClaim",
    "kubernetes:postgresql.cnpg.io/v1:Cluster",
    "random:index/randomPassword:RandomPassword",
];

/** What holds everything that is in it: it may leave the program, but stays in the cluster. */
const RETAINED = ["kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", "kubernetes:core/v1:Namespace"];

pulumi.runtime.registerStackTransformation(({ type, props, opts }) => {
    if (PROTECTED.includes(type)) {
        return { props, opts: { ...opts, protect: true } };
    }
    return RETAINED.includes(type) ? { props, opts: { ...opts, retainOnDelete: true } } : undefined;
});
