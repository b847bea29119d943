import { reservationTarget } from "../planner/reservationName.js";
import type { Decision, Refusal, Target, WeightedTarget } from "../planner/types.js";
import type { AuditEntry } from "../stores/audit/entry.js";

/** What a plan did not permit, as the audit log keeps it: one entry for each refusal of the decision. */
export function refusalEntries(
  decision: Decision,
  known: { readonly targets: readonly Target[]; readonly weights: readonly WeightedTarget[] },
  actor: string,
): AuditEntry[] {
  const { project, stack } = decision.boundTo;
  return decision.refusals.map((refusal): AuditEntry => {
    const { kind, from, to, instance, backend, reason, detail } = refusal;
    const part = { ...(instance !== undefined && { instance }), ...(backend !== undefined && { backend }) };
    return {
      decision: decision.id,
      project,
      stack,
      actor,
      phase: "refused",
      operation: "update",
      ...resourceOf(refusal, known),
      change: { kind, from: from ?? "", to: to ?? "", ...part },
      outcome: `${reason}: ${detail}`,
    };
  });
}

function resourceOf(
  { kind, service, backend }: Refusal,
  { targets, weights }: { readonly targets: readonly Target[]; readonly weights: readonly WeightedTarget[] },
): Pick<AuditEntry, "type" | "name" | "urn"> {
  const weight = weights.find((w) => w.service === service && w.backend === backend);
  const target = targets.find((t) => t.service === service);
  if (kind === "reservation") return { ...reservationTarget(service, target?.type), urn: null };
  const found = kind === "dnsWeight" ? weight : kind === "migration" ? (target?.workload ?? target) : target;
  return { type: found?.type ?? "", name: found?.name ?? service, urn: found?.urn ?? null };
}
