import { writeFileSync } from "node:fs";
import { findCase } from "../cases.js";
import { generateGraph } from "../graphs.js";

// npx tsx bench/peers/graph.ts NAME FILE: writes a graph of the benchmark as topology JSON, for programs of any language.
const [name, file] = process.argv.slice(2);
if (name === undefined || file === undefined) throw new RangeError("expected: npx tsx bench/peers/graph.ts NAME FILE");
const { instances, regime } = findCase(name);
writeFileSync(file, JSON.stringify(generateGraph(instances, regime)));
