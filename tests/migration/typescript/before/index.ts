import * as pulumi from "@pulumi/pulumi";
import { labelled } from "../shared/household";
import { Weather } from "../shared/weather";
import { CoreServices } from "./coreServices";
import { Feeds } from "./feeds";
import { Ledger } from "./ledger";
import { Recipes } from "./recipes";

pulumi.runtime.registerStackTransformation(({ type, props, opts }) => ({ props: labelled(type, props), opts }));

const core = new CoreServices("core");
new Weather("weather");
new Feeds("feeds", core);
new Ledger("ledger", core);
new Recipes("recipes");
