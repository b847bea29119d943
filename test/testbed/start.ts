/**
 * `npx tsx test/testbed/start.ts`: a control plane of your own to try things on. Prints the lines that point a shell at
 * it and at the real parts, and runs until Ctrl-C; nothing of it stays.
 */
import { once } from "node:events";
import { join } from "node:path";
import { startCluster } from "./cluster.js";
import { logToStderr, timed } from "./log.js";
import { pathPrefix, provideParts } from "./parts.js";

const found = await provideParts(["pulumi", "kube", "pulumi-resource-kubernetes"], logToStderr);
for (const part of Object.values(found)) if ("missing" in part) logToStderr(`missing: ${part.missing}`);
if ("missing" in found.kube) process.exit(1);

const kube = join(found.kube.folder, "kube");
const cluster = await timed("cluster: starting", logToStderr, () => startCluster(kube));
console.log(`export KUBECONFIG=${cluster.kubeconfig}\nexport PATH=${pathPrefix(found)}:$PATH`);
logToStderr("runs until Ctrl-C");
await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
await cluster.stop();
