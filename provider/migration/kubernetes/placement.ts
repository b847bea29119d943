import { sortBy } from "../../../graph/order.js";
import type { Hold } from "../../../planner/types.js";
import { matches } from "../../inventory/kubernetes/selector.js";
import { podAmount } from "../../podAmount.js";
import { readQuantity } from "../../quantity.js";
import type { PodSpec } from "../../workload.js";
import type { LivePod, Node, NodeRequirement, NodeTerm, PodTerm, Toleration } from "./objects.js";
import type { PodManifest } from "./replacement.js";

/**
 * The node on which the scheduler is expected to put a pod, with how many it could take, or why none takes it: cordons,
 * taints, node selectors and affinity, required pod anti-affinity, and room for what is asked. Topology spread and pod
 * affinity are left to the scheduler itself.
 */
export function placeOf(
  pod: PodManifest,
  nodes: readonly Node[],
  pods: readonly LivePod[],
): { readonly node: string; readonly fitting: number } | Hold {
  const there = pods.filter((p) => p.status?.phase !== "Succeeded" && p.status?.phase !== "Failed");
  const objections = nodes.map((node) => ({ node, objection: objectionOf(pod, node, nodes, there) }));
  const fitting = objections.filter((o) => o.objection === null).map((o) => o.node);
  const best = sortBy(fitting, (n) => n.metadata.name).sort((a, b) => preferenceOf(pod, b) - preferenceOf(pod, a))[0];
  if (best !== undefined) return { node: best.metadata.name, fitting: fitting.length };
  const counts = new Map<string, number>();
  for (const { objection } of objections) counts.set(objection ?? "", (counts.get(objection ?? "") ?? 0) + 1);
  const listed = sortBy([...counts], ([text]) => text).map(([text, count]) => `${count} ${text}`);
  const full = [...counts.keys()].some((text) => text.startsWith("without room"));
  return {
    reason: full ? "noRoom" : "notSchedulable",
    detail: `none of ${nodes.length} nodes takes a replacement: ${listed.join(", ")}`,
  };
}

function objectionOf(pod: PodManifest, node: Node, nodes: readonly Node[], pods: readonly LivePod[]): string | null {
  const { spec } = pod;
  if (node.spec?.unschedulable === true) return "cordoned";
  if (node.status?.conditions?.find((c) => c.type === "Ready")?.status !== "True") return "not Ready";
  const tainted = (node.spec?.taints ?? []).some(
    (taint) =>
      (taint.effect === "NoSchedule" || taint.effect === "NoExecute") &&
      !(spec.tolerations ?? []).some((toleration) => tolerates(toleration, taint)),
  );
  if (tainted) return "tainted";
  const labels = node.metadata.labels ?? {};
  const selected = Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value);
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const wanted = terms === undefined || terms.some((term) => meets(term, node));
  if (!selected || !wanted || (spec.nodeName !== undefined && spec.nodeName !== node.metadata.name)) {
    return "kept off by affinity";
  }
  const apart = spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  if (apart.some((term) => repels(term, pod, node, nodes, pods))) return "kept apart by anti-affinity";
  const short = lacking(pod, node, pods);
  return short === undefined ? null : `without room for ${short}`;
}

function tolerates(
  { key, operator = "Equal", value = "", effect }: Toleration,
  taint: { readonly key: string; readonly effect: string; readonly value?: string },
): boolean {
  if (effect !== undefined && effect !== "" && effect !== taint.effect) return false;
  if (key === undefined || key === "") return operator === "Exists";
  return key === taint.key && (operator === "Exists" || value === (taint.value ?? ""));
}

function meets({ matchExpressions = [], matchFields = [] }: NodeTerm, node: Node): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  const labels = node.metadata.labels ?? {};
  return (
    matchExpressions.every((r) => satisfies(r, labels[r.key])) &&
    matchFields.every((r) => satisfies(r, r.key === "metadata.name" ? node.metadata.name : undefined))
  );
}

function satisfies({ operator, values = [] }: NodeRequirement, value: string | undefined): boolean {
  if (operator === "In") return value !== undefined && values.includes(value);
  if (operator === "NotIn") return value === undefined || !values.includes(value);
  if (operator === "Exists") return value !== undefined;
  if (operator === "DoesNotExist") return value === undefined;
  const [have, bound] = [Number.parseInt(value ?? "", 10), Number.parseInt(values[0] ?? "", 10)];
  return operator === "Gt" ? have > bound : operator === "Lt" && have < bound;
}

/** Terms over other namespaces are left to the scheduler. */
function repels(
  term: PodTerm,
  pod: PodManifest,
  node: Node,
  nodes: readonly Node[],
  pods: readonly LivePod[],
): boolean {
  if (term.namespaceSelector !== undefined || (term.namespaces?.length ?? 0) > 0) return false;
  const domain = node.metadata.labels?.[term.topologyKey];
  if (domain === undefined) return false;
  const inDomain = new Set(
    nodes.filter((n) => n.metadata.labels?.[term.topologyKey] === domain).map((n) => n.metadata.name),
  );
  return pods.some(
    ({ metadata, spec }) =>
      metadata.namespace === pod.metadata.namespace &&
      inDomain.has(spec.nodeName ?? "") &&
      matches(term.labelSelector, metadata.labels),
  );
}

/** The first resource of which the node has too little left. */
function lacking({ spec }: PodManifest, node: Node, pods: readonly LivePod[]): string | undefined {
  const here = pods.filter((p) => p.spec.nodeName === node.metadata.name);
  const offered = (resource: string) => readQuantity(node.status?.allocatable?.[resource]);
  if (here.length + 1 > offered("pods")) return "pods";
  return askedResources(spec).find((resource) => {
    const asked = podAmount(spec, "requests", resource);
    const taken = here.reduce((sum, p) => sum + podAmount(p.spec, "requests", resource), 0);
    return asked > 0 && taken + asked > offered(resource) * (1 + 1e-9);
  });
}

/** Names of what the pod asks for, in any of its containers. */
function askedResources(spec: PodSpec): string[] {
  const parts = [spec, ...spec.containers, ...(spec.initContainers ?? [])].map((part) => part.resources);
  const names = parts.flatMap((r) => [...Object.keys(r?.requests ?? {}), ...Object.keys(r?.limits ?? {})]);
  return sortBy([...new Set([...names, ...Object.keys(spec.overhead ?? {})])], (name) => name);
}

function preferenceOf({ spec }: PodManifest, node: Node): number {
  const preferred = spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return preferred.reduce((sum, { weight, preference }) => sum + (meets(preference, node) ? weight : 0), 0);
}
