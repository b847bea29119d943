/**
 * `npx tsx test/testbed/build.ts [pulumi] [kubernetes]`: finds or builds the real parts and prints the folders that hold
 * them, joined as in PATH:
 *
 *     PATH=$(npx tsx test/testbed/build.ts):$PATH pulumi up
 *
 * Progress goes to stderr. Exits 1 where a part cannot be had, 2 on another word.
 */
import { delimiter } from "node:path";
import { logToStderr } from "./log.js";
import { type PartName, provideParts } from "./parts.js";

const groups: Readonly<Record<string, readonly PartName[]>> = {
  pulumi: ["pulumi"],
  kubernetes: ["kube", "pulumi-resource-kubernetes"],
};

const words = process.argv.slice(2);
const unknown = words.filter((word) => groups[word] === undefined);
if (unknown.length > 0) {
  logToStderr(`unknown: ${unknown.join(" ")}; expected ${Object.keys(groups).join(" or ")}`);
  process.exit(2);
}
const names = (words.length > 0 ? words : Object.keys(groups)).flatMap((word) => groups[word] ?? []);
const found = await provideParts(names, logToStderr);
const folders = new Set<string>();
for (const name of names) {
  const part = found[name];
  if ("folder" in part) folders.add(part.folder);
  else {
    logToStderr(`missing: ${part.missing}`);
    process.exitCode = 1;
  }
}
console.log([...folders].join(delimiter));
