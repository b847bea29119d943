import { sortBy } from "../graph/order.js";
import type { Instance, Topology } from "../graph/types.js";
import type { FailurePath } from "../simulator/types.js";
import { riskOf, type Scored } from "./excess.js";
import { describePath } from "./reasons.js";
import type { Refusal, Target, Verdict, VerdictValue } from "./types.js";

export interface VerdictSetting {
  readonly threshold: number;
  readonly targets: ReadonlyMap<string, Target>;
  readonly refusals: readonly Refusal[];
  pathsTo(topology: Topology, instance: string): readonly FailurePath[];
}

/**
 * One verdict per service of the topology or the stack, by service.
 *
 * - `fail`: an instance is over the threshold.
 * - `unknown`: nothing was seen of the service (no instances; or instances with neither links nor load), or its
 *   replica count cannot be known, and no instance is over the threshold.
 * - `pass`: else.
 *
 * @param written as the program writes it
 * @param planned with all changes
 */
export function judge(written: Scored, planned: Scored, setting: VerdictSetting): Verdict[] {
  const services = new Set([...written.topology.nodes.map((n) => n.service), ...setting.targets.keys()]);
  return sortBy(services, (s) => s).map((service) => {
    const target = setting.targets.get(service);
    const before = judgeService(service, written, setting);
    const after = judgeService(service, planned, setting);
    const reason =
      before.value === "fail" && after.value !== "fail"
        ? `as written ${before.reason}; with the changes ${after.reason}`
        : after.reason;
    return {
      service,
      target: target ? targetRef(target) : null,
      ...(typeof target?.replicas === "number" && { written: target.replicas }),
      asWritten: before.value,
      withChanges: after.value,
      reason,
    };
  });
}

/** The part of a target that a decision names. */
export function targetRef({ type, name, urn }: Pick<Target, "type" | "name" | "urn">): {
  type: string;
  name: string;
  urn?: string;
} {
  return { type, name, ...(urn !== undefined && { urn }) };
}

function judgeService(
  service: string,
  scored: Scored,
  setting: VerdictSetting,
): { readonly value: VerdictValue; readonly reason: string } {
  const { threshold, targets } = setting;
  const nodes = scored.topology.nodes.filter((n) => n.service === service);
  const worst = [...nodes].sort((a, b) => riskOf(scored.risks, b.id) - riskOf(scored.risks, a.id))[0];
  if (!worst) return { value: "unknown", reason: "no traffic of it was seen" };
  const risk = riskOf(scored.risks, worst.id);
  if (risk > threshold) return { value: "fail", reason: failure(worst, risk, scored, setting) };
  if (!wasSeen(service, nodes, scored.topology)) {
    return { value: "unknown", reason: "it has neither links nor load: no traffic of it was seen" };
  }
  const hold = targets.get(service)?.hold;
  if (hold?.reason === "unknownValue") return { value: "unknown", reason: hold.detail };
  return { value: "pass", reason: `no instance is over ${threshold}; the highest is ${worst.id} at ${showRisk(risk)}` };
}

function failure(worst: Instance, risk: number, { topology }: Scored, setting: VerdictSetting): string {
  const path = setting.pathsTo(topology, worst.id)[0];
  const serviceOf = new Map(topology.nodes.map((n) => [n.id, n.service]));
  const named = new Set((path?.steps ?? []).flatMap((s) => s.service ?? serviceOf.get(s.id) ?? []));
  const blocked = setting.refusals.filter((r) => named.has(r.service));
  const notPermitted = [...new Set(blocked.map((r) => `${r.kind} of ${r.service} (${r.reason})`))];
  return [
    `${worst.id} is at ${showRisk(risk)}, over ${setting.threshold}`,
    path ? `: ${describePath(path)}` : "",
    notPermitted.length > 0 ? `; not permitted: ${notPermitted.join(", ")}` : "",
  ].join("");
}

function wasSeen(service: string, nodes: readonly Instance[], topology: Topology): boolean {
  const ids = new Set(nodes.map((n) => n.id));
  return (
    topology.services.some((s) => s.id === service && s.load !== undefined) ||
    topology.links.some((l) => ids.has(l.source) || ids.has(l.target))
  );
}

/** A probability as people read it. */
export function showRisk(risk: number): string {
  return risk === 0 ? "0" : risk < 0.0001 ? risk.toExponential(1) : String(Number(risk.toPrecision(3)));
}
