import type { Change, Decision, ReplicasChange, Verdict } from "../../planner/types.js";
import { plannedReplicas } from "../read/plannedReplicas.js";
import { targetFinder } from "../targeted.js";
import type { Judgement, PlannedResource, PlannedStack } from "../types.js";
import { standingOf, withoutDecision } from "./decisionInForce.js";
import type { Rule } from "./rule.js";

/**
 * Judges resources one by one: every change of each must be in its inputs, and no risk over the threshold may stay. What
 * cannot be known is not safe.
 */
export function resourceJudge(decision: Decision, stack: PlannedStack): (resource: PlannedResource) => Judgement[] {
  const changesOf = targetFinder(decision.changes.filter(isReplicas), stack);
  const verdictsOf = targetFinder(decision.verdicts, stack);
  return (resource) => [
    ...changesOf(resource).map((change) => judgeChange(change, resource)),
    ...verdictsOf(resource).map((verdict) => judgeVerdict(decision, verdict, resource.address)),
  ];
}

function isReplicas(change: Change): change is ReplicasChange {
  return change.kind === "replicas";
}

/** Judges what belongs to no resource: services that the stack runs nowhere that is known. */
export function judgeStack(decision: Decision): Judgement[] {
  return decision.verdicts
    .filter(({ target }) => target === null)
    .map((verdict) => judgeVerdict(decision, verdict, null));
}

/** Changes of resources that the plan does not show, so that nobody can tell whether they are made. */
function judgeAbsent(decision: Decision, stack: PlannedStack): Judgement[] {
  const changes = decision.changes.filter(isReplicas);
  const shown = new Set(stack.resources.flatMap(targetFinder(changes, stack)));
  return changes
    .filter((change) => !shown.has(change))
    .map((change) => ({
      verdict: "unknown",
      address: null,
      message: `${change.target.name}: the plan does not show it, so whether it runs the ${change.to} replicas of the decision is not known: ${completing(stack)}`,
      path: change.path,
    }));
}

function completing({ source }: PlannedStack): string {
  if (source === "pulumi") return "show unchanged resources too, with `pulumi preview --json --show-sames`";
  return "give all that is deployed, by the type and name of the decision";
}

function judgeChange(change: ReplicasChange, { address, name, type, after }: PlannedResource): Judgement {
  const replicas = plannedReplicas(type, after ?? {});
  const why = `${change.reason}${pathOf(change)}`;
  const { path } = change;
  if (replicas === null || replicas === undefined) {
    const message = `${name}: whether it runs the ${change.to} replicas of the decision is not known yet. ${why}`;
    return { verdict: "unknown", address, message, path };
  }
  if (replicas >= change.to) return { verdict: "pass", address, message: `${name}: ${replicas} replicas` };
  const remedy = "call applyDecision() first in the program, or write them in it";
  const message = `${name}: ${replicas} replicas, and the decision asks for ${change.to}: ${remedy}. ${why}`;
  const fix = [{ address, path: "spec.replicas", from: replicas, to: change.to }];
  return { verdict: "fail", address, message, path, fix };
}

function judgeVerdict(decision: Decision, verdict: Verdict, address: string | null): Judgement {
  const { service, withChanges, reason } = verdict;
  if (withChanges === "pass") return { verdict: "pass", address, message: `${service}: ${reason}` };
  if (withChanges === "unknown") {
    return { verdict: "unknown", address, message: `${service}: its risk is not known: ${reason}` };
  }
  const message = `${service}: over the threshold of ${decision.threshold}, and no change of the decision mends it: ${reason}`;
  return { verdict: "fail", address, message };
}

function pathOf({ path }: Change): string {
  return path.length === 0 ? "" : ` (${path.join(" → ")})`;
}

export const riskOverThreshold: Rule = {
  id: "risk-over-threshold",
  title: "Every change of the decision is made, and no risk over its threshold stays",
  rationale: "The decision was found by simulating how failures spread; a resource without its change keeps the risk.",
  remedy: "Call applyDecision() first in the program, or write the decision's values in it.",
  severity: "critical",
  level: "mandatory",
  judge: (stack, ground) => {
    const standing = standingOf(stack, ground);
    if (!standing.usable) return withoutDecision(standing);
    const { decision } = standing;
    return [
      ...stack.resources.filter(({ operation }) => operation !== "delete").flatMap(resourceJudge(decision, stack)),
      ...judgeStack(decision),
      ...judgeAbsent(decision, stack),
    ];
  },
};
