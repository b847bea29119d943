import { type Answer, ask, type Cluster, reasonOf } from "../../cluster.js";
import { UnreadableError } from "../found.js";
import type { KubernetesObjects, Owned } from "./objects.js";

/** One kind of object that an inventory is made of. */
interface Kind {
  readonly field: keyof KubernetesObjects;
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly clusterWide?: boolean;
  /** What the inventory lacks without it; where absent there is no inventory without it. */
  readonly without?: string;
}

const kinds: readonly Kind[] = [
  { field: "pods", kind: "Pod", group: "", version: "v1", plural: "pods" },
  {
    field: "nodes",
    kind: "Node",
    group: "",
    version: "v1",
    plural: "nodes",
    clusterWide: true,
    without: "instances have no zone, and hosts no room",
  },
  {
    field: "services",
    kind: "Service",
    group: "",
    version: "v1",
    plural: "services",
    without: "traffic to the addresses of Services finds nobody",
  },
  {
    field: "replicaSets",
    kind: "ReplicaSet",
    group: "apps",
    version: "v1",
    plural: "replicasets",
    without: "Deployments are told by the names of their pods",
  },
  {
    field: "jobs",
    kind: "Job",
    group: "batch",
    version: "v1",
    plural: "jobs",
    without: "CronJobs are told by the names of their Jobs",
  },
  ...[
    ["Deployment", "apps", "deployments"] as const,
    ["StatefulSet", "apps", "statefulsets"] as const,
    ["DaemonSet", "apps", "daemonsets"] as const,
    ["CronJob", "batch", "cronjobs"] as const,
  ].map(
    ([kind, group, plural]): Kind => ({
      field: "workloads",
      kind,
      group,
      version: "v1",
      plural,
      without: `tiers and criticality count only where pods carry them, not their ${kind}`,
    }),
  ),
  {
    field: "autoscalers",
    kind: "HorizontalPodAutoscaler",
    group: "autoscaling",
    version: "v2",
    plural: "horizontalpodautoscalers",
    without: "no service has an autoscaler",
  },
  {
    field: "budgets",
    kind: "PodDisruptionBudget",
    group: "policy",
    version: "v1",
    plural: "poddisruptionbudgets",
    without: "no service has a disruption budget",
  },
  {
    field: "quotas",
    kind: "ResourceQuota",
    group: "",
    version: "v1",
    plural: "resourcequotas",
    without: "what quotas leave is not known before `preview`",
  },
];

/** Objects asked for at once, and milliseconds to wait for them. */
const page = 500;
const patience = 60_000;

/**
 * Reads everything that an inventory is made of. Pods are read in all namespaces where that is allowed, since those of
 * others take room too.
 * @param namespaces none for all
 * @throws UnreachableError where the cluster does not answer
 * @throws UnreadableError where it does not let the pods be read, naming the rule that does
 */
export async function readCluster(
  cluster: Cluster,
  namespaces: readonly string[],
): Promise<{ readonly objects: KubernetesObjects; readonly warnings: readonly string[] }> {
  const warnings: string[] = [];
  const objects: Record<keyof KubernetesObjects, Owned[]> = {
    pods: [],
    nodes: [],
    services: [],
    workloads: [],
    replicaSets: [],
    jobs: [],
    autoscalers: [],
    budgets: [],
    quotas: [],
  };
  for (const kind of kinds) {
    const found = await readKind(cluster, kind, namespaces, warnings);
    if (!("refused" in found)) {
      for (const item of found) objects[kind.field].push({ ...item, kind: kind.kind } as Owned);
    } else if (kind.without === undefined) {
      throw new UnreadableError(`${cluster.server}: ${describeRefusal(found.refused, kind)}`);
    } else {
      warnings.push(`${describeRefusal(found.refused, kind)}. Without it ${kind.without}`);
    }
  }
  return { objects: objects as unknown as KubernetesObjects, warnings };
}

async function readKind(
  cluster: Cluster,
  kind: Kind,
  namespaces: readonly string[],
  warnings: string[],
): Promise<Owned[] | { readonly refused: Answer }> {
  const all = kind.clusterWide || namespaces.length === 0;
  if (all || kind.field === "pods") {
    const found = await list(cluster, kind, undefined);
    if (all || !("refused" in found) || found.refused.status !== 403) return found;
    warnings.push("pods of other namespaces cannot be read, so hosts seem to have the room that these take");
  }
  const items: Owned[] = [];
  for (const namespace of namespaces) {
    const found = await list(cluster, kind, namespace);
    if ("refused" in found) return found;
    items.push(...found);
  }
  return items;
}

/** Lists page by page. Where a page can no longer be had (410: the list has aged too far) it begins again, twice at most. */
async function list(
  cluster: Cluster,
  { group, version, plural }: Kind,
  namespace: string | undefined,
): Promise<Owned[] | { readonly refused: Answer }> {
  const base = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const path = `${base}/${namespace === undefined ? "" : `namespaces/${encodeURIComponent(namespace)}/`}${plural}`;
  for (let attempt = 1; ; attempt++) {
    const items: Owned[] = [];
    let next = "";
    let answer: Answer;
    do {
      const query: Record<string, string> = { limit: String(page), ...(next === "" ? {} : { continue: next }) };
      answer = await ask(cluster, { path, query, timeout: patience });
      if (answer.status !== 200) break;
      const body = answer.body as { readonly items?: readonly Owned[]; readonly metadata?: { continue?: string } };
      items.push(...(body.items ?? []));
      next = body.metadata?.continue ?? "";
    } while (next !== "");
    if (answer.status === 200) return items;
    if (answer.status === 404) return []; // a cluster that does not know the kind
    if (answer.status !== 410 || attempt === 3) return { refused: answer };
  }
}

function describeRefusal(answer: Answer, { group, plural }: Kind): string {
  if (answer.status === 401) {
    return `the credentials are not accepted (${reasonOf(answer)}); log in again, or set KUBECONFIG to credentials that are in force`;
  }
  if (answer.status === 403) {
    return `${plural} cannot be read (${reasonOf(answer)}); grant { apiGroups: ["${group}"], resources: ["${plural}"], verbs: ["list"] } (docs/inventory.md)`;
  }
  return `${plural} cannot be read: ${reasonOf(answer)}`;
}
