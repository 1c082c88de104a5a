import "../prepared/keep";
import * as pulumi from "@pulumi/pulumi";
import { labelled } from "../shared/household";
import { Weather } from "../shared/weather";
import { CoreServices } from "./coreServices";
import { feeds } from "./feeds";
import { Ledger } from "./ledger";
import { Recipes } from "./recipes";

/**
 * A transformation sees what this program makes itself; a transform also what tau makes of it. No options are handed back:
 * the SDK would lose the `providers` of a component.
 */
const household: pulumi.ResourceTransform = ({ type, props }) =>
    Promise.resolve({ props: labelled(type, props) } as pulumi.ResourceTransformResult);
const opts = { transforms: [household] };

const core = new CoreServices("core", opts);
new Weather("weather", opts);
export const url = feeds(core, opts).url;
new Ledger("ledger", core, opts);
new Recipes("recipes", core, opts);
