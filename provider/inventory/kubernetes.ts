import { openCluster, UnreachableError } from "../cluster.js";
import { type FoundInventory, UnreadableError } from "./found.js";
import { describeCluster } from "./kubernetes/describe.js";
import { readCluster } from "./kubernetes/read.js";

export interface KubernetesScope {
  /** Of the kubeconfig; the current one where absent. */
  readonly context?: string;
  /** None for all. */
  readonly namespaces: readonly string[];
}

/**
 * Reads the inventory of the cluster that the kubeconfig names.
 * @param time unix seconds now
 * @throws UnreachableError where there is no cluster, or it does not answer
 * @throws UnreadableError where it does not show its pods, or none of them runs
 */
export async function readKubernetesInventory(scope: KubernetesScope, time: number): Promise<FoundInventory> {
  const cluster = openCluster({ context: scope.context });
  if ("unreachable" in cluster) throw new UnreachableError(cluster.unreachable);
  const { objects, warnings } = await readCluster(cluster, scope.namespaces);
  const found = describeCluster(objects, { namespaces: scope.namespaces, time });
  if (found.inventory.instances.length === 0) {
    const where = scope.namespaces.length === 0 ? "" : ` in ${scope.namespaces.join(", ")}`;
    throw new UnreadableError(`${cluster.server}: no pod runs${where}; check --context and --namespace`);
  }
  return { inventory: found.inventory, warnings: [...warnings, ...found.warnings] };
}
