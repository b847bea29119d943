import type { Autoscaler, Budget, Labels } from "./objects.js";
import { namespaceOf, type Owner } from "./owners.js";
import { matches } from "./selector.js";

/** A replica as budgets see it. */
export interface Replica {
  readonly namespace: string;
  readonly labels: Labels;
  readonly service: string;
}

/** The bounds of each owner that an autoscaler scales. A missing minimum is 1, as the API server says. */
export function boundsOf(autoscaler: Autoscaler): {
  readonly owner: Owner;
  readonly min: number;
  readonly max: number;
} {
  const { scaleTargetRef, minReplicas, maxReplicas } = autoscaler.spec;
  const owner = { namespace: namespaceOf(autoscaler.metadata), kind: scaleTargetRef.kind, name: scaleTargetRef.name };
  return { owner, min: minReplicas ?? 1, max: Math.max(maxReplicas, minReplicas ?? 1) };
}

/**
 * Replicas of each service that must stay available, by the strictest of its budgets. Of a budget over several services
 * a service must keep what the others together could not.
 */
export function countAvailable(budgets: readonly Budget[], replicas: readonly Replica[]): Map<string, number> {
  const least = new Map<string, number>();
  for (const budget of budgets) {
    const covered = new Map<string, number>();
    for (const { namespace, labels, service } of replicas) {
      if (namespace !== namespaceOf(budget.metadata) || !matches(budget.spec?.selector, labels)) continue;
      covered.set(service, (covered.get(service) ?? 0) + 1);
    }
    const all = [...covered.values()].reduce((sum, n) => sum + n, 0);
    const healthy = desiredHealthy(budget, all);
    for (const [service, own] of covered) {
      least.set(service, Math.max(least.get(service) ?? 0, healthy - (all - own)));
    }
  }
  return least;
}

/** What the disruption controller has worked out, else what it will: percentages are rounded up. */
function desiredHealthy({ spec, status }: Budget, pods: number): number {
  if (status?.desiredHealthy !== undefined && status.expectedPods === pods) return status.desiredHealthy;
  if (spec?.maxUnavailable !== undefined) return Math.max(0, pods - part(spec.maxUnavailable, pods));
  return part(spec?.minAvailable ?? 0, pods);
}

function part(amount: number | string, of: number): number {
  if (typeof amount === "number") return amount;
  return amount.endsWith("%") ? Math.ceil((Number.parseFloat(amount) * of) / 100) : Number.parseInt(amount, 10) || 0;
}
