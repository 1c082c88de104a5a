import * as pulumi from "@pulumi/pulumi";
import { labelled } from "../shared/household";
import { Weather } from "../shared/weather";
import { CoreServices } from "./coreServices";
import { feeds } from "./feeds";
import { Ledger } from "./ledger";
import { Recipes } from "./recipes";

// A transformation sees what this program makes itself; a transform also what tau makes of it.
void pulumi.runtime.registerResourceTransform(({ type, props, opts }) => ({ props: labelled(type, props), opts }));

const core = new CoreServices("core");
new Weather("weather");
export const url = feeds({ dependsOn: [core] }).url;
new Ledger("ledger", { dependsOn: [core] });
new Recipes("recipes", { dependsOn: [core] });
