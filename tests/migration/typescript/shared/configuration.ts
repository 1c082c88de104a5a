import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

/** Domain below which applications get host names. */
export const domain = config.require("domain");

/** StorageClass of every volume; tau reads the same key. */
export const storageClass = config.get("postgres_storage_class") ?? "longhorn";

/** Size of the volume of every database; tau reads the same key. */
export const storageSize = config.get("postgres_default_storage_size") ?? "10Gi";

/** Image of every PostgreSQL server. */
export const postgresImage = config.require("postgres_image");

/** URL or path of CloudNativePG's release manifest. */
export const cnpgManifest = config.require("cnpg_manifest");

/** Pods of the recipe book: 0 while its data moves. */
export const recipesReplicas = config.getNumber("recipes_replicas") ?? 1;
