import { podAmount } from "./podAmount.js";
import { readQuantity } from "./quantity.js";
import type { PodSpec } from "./workload.js";

/** A ResourceQuota as the API server shows it. */
export interface ResourceQuota {
  readonly metadata: { readonly name: string };
  readonly spec?: { readonly scopes?: readonly string[]; readonly scopeSelector?: unknown };
  readonly status?: {
    readonly hard?: Readonly<Record<string, string>>;
    readonly used?: Readonly<Record<string, string>>;
  };
}

/** Pods that a change would add to a namespace. */
export interface AddedPods {
  readonly count: number;
  readonly pod: PodSpec;
}

/**
 * Why the last of the added pods would be refused by the quotas of its namespace, or null where there is room for all;
 * earlier ones are the pods of changes that come before it. Quotas chosen by priority class (`scopeSelector`) are left
 * to the API server.
 */
export function findShortage(quotas: readonly ResourceQuota[], added: readonly AddedPods[]): string | null {
  const last = added.at(-1);
  if (last === undefined || last.count <= 0) return null;
  for (const quota of quotas) {
    if (!countsPod(quota, last.pod)) continue;
    for (const [resource, hard] of Object.entries(quota.status?.hard ?? {})) {
      if (amountOf(resource, last.pod) === 0) continue;
      const needed = added
        .filter(({ pod }) => countsPod(quota, pod))
        .reduce((sum, { count, pod }) => sum + count * amountOf(resource, pod), 0);
      const used = readQuantity(quota.status?.used?.[resource]);
      if (used + needed > readQuantity(hard) * (1 + 1e-9)) {
        return `ResourceQuota ${quota.metadata.name} has no room: ${resource} ${hard}, used ${quota.status?.used?.[resource] ?? 0}, needed ${needed} more`;
      }
    }
  }
  return null;
}

/** What one pod takes of a quota's resource; 0 for resources that pods do not take. */
function amountOf(resource: string, pod: PodSpec): number {
  if (resource === "pods" || resource === "count/pods") return 1;
  const [side, name] = resource.startsWith("limits.")
    ? (["limits", resource.slice("limits.".length)] as const)
    : (["requests", resource.replace(/^requests\./, "")] as const);
  return podAmount(pod, side, name);
}

function countsPod({ spec }: ResourceQuota, pod: PodSpec): boolean {
  if (spec?.scopeSelector !== undefined) return false;
  const all = [...pod.containers, ...(pod.initContainers ?? [])];
  const bestEffort = !all.some((c) =>
    ["cpu", "memory"].some((r) => c.resources?.requests?.[r] !== undefined || c.resources?.limits?.[r] !== undefined),
  );
  return (spec?.scopes ?? []).every((scope) => {
    if (scope === "BestEffort") return bestEffort;
    if (scope === "NotBestEffort") return !bestEffort;
    if (scope === "Terminating") return pod.activeDeadlineSeconds !== undefined;
    return scope === "NotTerminating" && pod.activeDeadlineSeconds === undefined;
  });
}
