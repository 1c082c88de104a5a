import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { domain, storageClass } from "./configuration";

export const APPLICATION = "household:index:Application";

/** What an application's only container is made of; the rest is the same everywhere. */
export interface Container {
    image: string;
    command?: string[];
    env?: pulumi.Input<pulumi.Input<k8s.types.input.core.v1.EnvVar>[]>;
    port?: number;
    configFiles?: Record<string, string>;
    user?: number;
}

/** The class that every application extends: a namespace, and what may be in it. */
export class Application extends pulumi.ComponentResource {
    protected readonly namespace: pulumi.Output<string>;
    protected readonly labels: Record<string, string>;
    private readonly volumes: k8s.types.input.core.v1.Volume[] = [];
    private readonly volumeMounts: k8s.types.input.core.v1.VolumeMount[] = [];

    constructor(
        protected readonly name: string,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super(APPLICATION, name, {}, opts);
        this.labels = { app: name };
        const namespace = new k8s.core.v1.Namespace(name, { metadata: { name } }, { parent: this });
        this.namespace = namespace.metadata.name;
    }

    /** Metadata of one of the application's objects. */
    protected metadata(name: string = this.name): k8s.types.input.meta.v1.ObjectMeta {
        return { name, namespace: this.namespace, labels: this.labels };
    }

    /** A volume of its own, mounted in the container that is made afterwards. */
    protected addVolume(name: string, mountPath: string, size: string): void {
        const claim = new k8s.core.v1.PersistentVolumeClaim(`${this.name}-${name}`, {
            metadata: this.metadata(`${this.name}-${name}`),
            spec: {
                accessModes: ["ReadWriteOnce"],
                storageClassName: storageClass,
                resources: { requests: { storage: size } },
            },
        }, { parent: this });
        this.volumes.push({ name, persistentVolumeClaim: { claimName: claim.metadata.name } });
        this.volumeMounts.push({ name, mountPath });
    }

    protected addDeployment(container: Container, replicas = 1, opts?: pulumi.CustomResourceOptions): void {
        const { configFiles, user = 26, port, ...rest } = container;
        if (configFiles) {
            const files = new k8s.core.v1.ConfigMap(this.name, { metadata: this.metadata(), data: configFiles }, {
                parent: this,
            });
            this.volumes.push({ name: "files", configMap: { name: files.metadata.name } });
            this.volumeMounts.push({ name: "files", mountPath: "/etc/application" });
        }
        const containers = [{
            name: this.name,
            ...rest,
            ports: port ? [{ containerPort: port }] : [],
            volumeMounts: this.volumeMounts,
            resources: { requests: { cpu: "10m", memory: "32Mi" } },
        }];
        new k8s.apps.v1.Deployment(this.name, {
            metadata: this.metadata(),
            spec: {
                replicas,
                strategy: { type: "Recreate" },
                selector: { matchLabels: this.labels },
                template: {
                    metadata: { labels: this.labels },
                    spec: {
                        containers,
                        securityContext: { runAsUser: user, fsGroup: user },
                        terminationGracePeriodSeconds: 1,
                        volumes: this.volumes,
                    },
                },
            },
        }, { parent: this, ...opts });
    }

    protected addService(targetPort: number): void {
        new k8s.core.v1.Service(this.name, {
            metadata: { ...this.metadata(), annotations: { "pulumi.com/skipAwait": "true" } },
            spec: { selector: this.labels, ports: [{ name: "http", port: 80, targetPort }] },
        }, { parent: this });
    }

    protected addIngress(): void {
        const backend = { service: { name: this.name, port: { number: 80 } } };
        new k8s.networking.v1.Ingress(this.name, {
            metadata: { ...this.metadata(), annotations: { "pulumi.com/skipAwait": "true" } },
            spec: {
                rules: [{
                    host: `${this.name}.${domain}`,
                    http: { paths: [{ path: "/", pathType: "Prefix", backend }] },
                }],
            },
        }, { parent: this });
    }
}
