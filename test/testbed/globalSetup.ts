import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { isOff } from "./cache.js";
import { type Cluster, startCluster } from "./cluster.js";
import { type Log, logToStderr, timed } from "./log.js";
import { type Found, partNames, pathPrefix, provideParts } from "./parts.js";
import { type Need, needs, type Provided, serveProvided } from "./provided.js";

/**
 * Runs once, before the tests, and starts nothing: the parts are found or built and the cluster started when the first
 * test file that imports `test/testbed/index.js` asks for them, so that a run of pure tests costs nothing.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const scratch = mkdtempSync(join(tmpdir(), "firebreak-tests-"));
  const socket = join(scratch, "testbed.sock");
  const clusters: Cluster[] = [];
  const close = await serveProvided(socket, () => provide(scratch, clusters, logToStderr));
  project.provide("testbedSocket", socket);
  return async () => {
    close();
    await Promise.all(clusters.map((cluster) => cluster.stop()));
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
  };
}

async function provide(scratch: string, clusters: Cluster[], log: Log): Promise<Provided> {
  if (isOff()) {
    const why = "switched off by FIREBREAK_TESTBED=off: unset it";
    log(why);
    const missing = Object.fromEntries(needs.map((need) => [need, why]));
    return { bin: "", kube: null, kubeconfig: null, missing, scratch };
  }
  const found = await provideParts(partNames, log);
  const missing: Partial<Record<Need, string>> = {
    ...whyMissing("pulumi", found.pulumi),
    ...whyMissing("cluster", found.kube),
    ...whyMissing("kubernetesProvider", found["pulumi-resource-kubernetes"]),
  };
  const kube = "folder" in found.kube ? join(found.kube.folder, "kube") : null;
  if (kube !== null) {
    try {
      clusters.push(await timed("cluster: starting", log, () => startCluster(kube)));
    } catch (error) {
      missing.cluster = (error as Error).message;
    }
  }
  for (const [need, why] of Object.entries(missing)) log(`missing ${need}: ${why}`);
  return { bin: pathPrefix(found), kube, kubeconfig: clusters[0]?.kubeconfig ?? null, missing, scratch };
}

function whyMissing(need: Need, found: Found): Partial<Record<Need, string>> {
  return "missing" in found ? { [need]: found.missing } : {};
}
