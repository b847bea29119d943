import { plan } from "../../../planner/plan.js";
import type { Change, Decision, Verdict } from "../../../planner/types.js";
import { reportPullRequest } from "../../../policies/report/pullRequest.js";
import type { ReportedStep } from "../../../policies/report/reportedRun.js";
import { input, shop } from "../../planner/example.js";

export const decision: Decision = plan(input(shop()));

/** The same plan, made in minute `n`: what it says differs by its time and a warning. */
export function decisionOf(n: number, more: Partial<Decision> = {}): Decision {
  const createdAt = new Date(Date.parse(decision.createdAt) + n * 60_000).toISOString();
  return { ...decision, createdAt, id: `sha256:${String(n).padStart(64, "0")}`, warnings: [`run ${n}`], ...more };
}

/** A decision by which nothing need change: the risk is under the threshold as the program stands. */
export function calmDecision(n: number, more: Partial<Decision> = {}): Decision {
  const verdicts = decision.verdicts.map((v): Verdict => ({ ...v, asWritten: "pass", withChanges: "pass" }));
  return decisionOf(n, { changes: [], refusals: [], verdicts, ...more });
}

export const bodyOf = (n: number, more: Partial<Decision> = {}): string =>
  reportPullRequest({ decision: decisionOf(n, more) });

/** What run `n` says of a stack of 500 resources that change, each with a reason, a path and a verdict. */
export function largeBody(n: number): string {
  const names = Array.from({ length: 500 }, (_, i) => `service-${String(i).padStart(3, "0")}`);
  const first = decision.changes[0] as Change & { readonly kind: "replicas" };
  const steps = names.map(
    (name): ReportedStep => ({
      urn: `urn:pulumi:dev::shop::kubernetes:apps/v1:Deployment::${name}`,
      op: "update",
      type: "kubernetes:apps/v1:Deployment",
      diff: [{ path: "spec.replicas", from: 1, to: 2 }],
    }),
  );
  const changes = names.map(
    (service): Change => ({
      ...first,
      service,
      target: { ...first.target, name: service },
      path: [`host/node-${service}`, `${service}-0`, "frontend-0"],
      reason: `${service}-0 fails, frontend-0 is left without any ${service}: 6.2 % without this, 2.67 % with it.`,
    }),
  );
  const verdicts = names.map(
    (service): Verdict => ({
      service,
      target: { type: "kubernetes:apps/v1:Deployment", name: service },
      asWritten: "fail",
      withChanges: "pass",
      reason: `as written ${service}-0 is over 0.05; with the changes no instance is`,
    }),
  );
  return reportPullRequest({ decision: decisionOf(n, { changes, verdicts }), run: { steps } });
}
