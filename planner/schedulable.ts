import type { HostRequirement, InventoryDomain, InventoryService, Taint, Toleration } from "../graph/types.js";

/** What the scheduler looks at of a host. */
export type HostTraits = Pick<InventoryDomain, "id" | "labels" | "taints" | "unschedulable">;

/** What a service's replicas ask of a host. */
export type HostWishes = Pick<InventoryService, "nodeSelector" | "nodeAffinity" | "tolerations">;

/**
 * Why the scheduler would not put a replica on a host, or null: the rules of kube-scheduler's filters NodeUnschedulable,
 * TaintToleration and NodeAffinity. Where labels are asked for and those of the host are not known, it may not go there.
 */
export function keptAway(wishes: HostWishes | undefined, host: HostTraits): string | null {
  const { nodeSelector = {}, nodeAffinity, tolerations = [] } = wishes ?? {};
  const cordon: Taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };
  if (host.unschedulable && !tolerations.some((t) => tolerates(t, cordon))) return `${host.id} takes nothing new`;
  const taint = host.taints?.find((taint) => !tolerations.some((t) => tolerates(t, taint)));
  if (taint) return `${host.id} has the taint ${taint.key}${taint.value ? `=${taint.value}` : ""}:${taint.effect}`;
  const asked = Object.entries(nodeSelector);
  if (asked.length === 0 && nodeAffinity === undefined) return null;
  if (host.labels === undefined) return `the labels of ${host.id} are not known`;
  const missing = asked.find(([key, value]) => host.labels?.[key] !== value);
  if (missing) return `${host.id} has no label ${missing[0]}=${missing[1]}`;
  const meets = (term: readonly HostRequirement[]) => term.length > 0 && term.every((r) => meetsRequirement(r, host));
  return nodeAffinity === undefined || nodeAffinity.some(meets) ? null : `${host.id} does not meet the node affinity`;
}

/** Whether a toleration puts up with a taint. */
function tolerates({ key, operator = "Equal", value = "", effect }: Toleration, taint: Taint): boolean {
  if (effect !== undefined && effect !== "" && effect !== taint.effect) return false;
  if (key === undefined || key === "") return operator === "Exists";
  if (key !== taint.key) return false;
  return operator === "Exists" || value === (taint.value ?? "");
}

function meetsRequirement({ key, operator, values = [] }: HostRequirement, host: HostTraits): boolean {
  const value = key === "metadata.name" ? host.id : host.labels?.[key];
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
    case "Lt": {
      const [is, bound] = [wholeNumber(value), wholeNumber(values[0])];
      return is !== undefined && bound !== undefined && (operator === "Gt" ? is > bound : is < bound);
    }
  }
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}
