import { dot } from "./dot.js";
import { graphml } from "./graphml.js";
import { json } from "./json.js";
import { tables } from "./tables.js";
import type { GraphView } from "./view.js";

/** Every view that `graph --format` knows, the default first. */
export const graphViews: readonly GraphView[] = [tables, dot, json, graphml];
