import { sealed } from "../../planner/decision.js";
import type { Binding, Change, Decision, ReplicasChange } from "../../planner/types.js";

/** A change of one Deployment from 2 replicas, which does not expire. */
export function changeOf(name: string, to: number, more: Partial<ReplicasChange> = {}): ReplicasChange {
  return {
    kind: "replicas",
    service: name,
    target: { type: "kubernetes:apps/v1:Deployment", name },
    from: 2,
    to,
    reason: `${name} would fall with its host`,
    path: ["host/n1", `${name}-0`],
    owner: null,
    riskWithout: 0.2,
    costPerDay: 1,
    expiresAt: "2100-01-01T00:00:00Z",
    ...more,
  };
}

/** A sealed decision, made now unless `createdAt` says otherwise. */
export function decisionOf(
  boundTo: Binding,
  changes: readonly Change[],
  more: Partial<Omit<Decision, "id">> = {},
): Decision {
  return sealed({
    schema: "firebreak.decision/v1",
    createdAt: new Date().toISOString(),
    boundTo,
    threshold: 0.05,
    maxAge: 1800,
    failMode: "hold",
    unknown: "fail",
    data: { from: null, to: null, rows: null, graphHash: `sha256:${"0".repeat(64)}` },
    model: { version: "0.1.0", horizon: 3600, utilisationLimit: 1 },
    seed: 1,
    worlds: 1000,
    instances: [],
    verdicts: changes.map(({ service, target }) => ({
      service,
      target,
      asWritten: "fail",
      withChanges: "pass",
      reason: `${service} is over the threshold`,
    })),
    changes,
    refusals: [],
    warnings: [],
    ...more,
  });
}
