import { isTarget } from "../../planner/targetOf.js";
import type { Change, Decision, ReplicasChange, Verdict } from "../../planner/types.js";

/** A resource as it is about to be deployed. */
export interface PlannedResource {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** Replicas it will run; null where they are not known yet, undefined for a type that has none. */
  readonly replicas: number | null | undefined;
}

/** What a rule says of one resource or of the whole stack. */
export interface Finding {
  /** `fail` blocks, `warn` is only shown. */
  readonly level: "fail" | "warn";
  readonly message: string;
}

/**
 * Judges one resource: every change of it must be in its inputs, and no risk over the threshold may stay.
 * What cannot be known is not safe: it fails, unless the decision says `unknown: warn`.
 */
export function judgeResource(decision: Decision, resource: PlannedResource): Finding[] {
  const identity = { ...resource, ...stackOf(resource.urn) };
  const changes = decision.changes.filter(
    (change): change is ReplicasChange => change.kind === "replicas" && isTarget(change.target, identity),
  );
  const verdicts = decision.verdicts.filter(({ target }) => target !== null && isTarget(target, identity));
  return [
    ...changes.flatMap((change) => judgeChange(decision, change, resource)),
    ...verdicts.flatMap((verdict) => judgeVerdict(decision, verdict)),
  ];
}

/** Judges what belongs to no resource: services that the stack runs nowhere that is known. */
export function judgeStack(decision: Decision): Finding[] {
  return decision.verdicts
    .filter(({ target }) => target === null)
    .flatMap((verdict) => judgeVerdict(decision, verdict));
}

function judgeChange(decision: Decision, change: ReplicasChange, { name, replicas }: PlannedResource): Finding[] {
  const why = `${change.reason}${pathOf(change)}`;
  if (replicas === null || replicas === undefined) {
    const message = `${name}: whether it runs the ${change.to} replicas of the decision is not known yet. ${why}`;
    return [{ level: levelOfUnknown(decision), message }];
  }
  if (replicas >= change.to) return [];
  const remedy = "call applyDecision() first in the program, or write them in it";
  const message = `${name}: ${replicas} replicas, and the decision asks for ${change.to}: ${remedy}. ${why}`;
  return [{ level: "fail", message }];
}

function judgeVerdict(decision: Decision, { service, withChanges, reason }: Verdict): Finding[] {
  if (withChanges === "pass") return [];
  if (withChanges === "unknown") {
    return [{ level: levelOfUnknown(decision), message: `${service}: its risk is not known: ${reason}` }];
  }
  const message = `${service}: over the threshold of ${decision.threshold}, and no change of the decision mends it: ${reason}`;
  return [{ level: "fail", message }];
}

function levelOfUnknown(decision: Decision): Finding["level"] {
  return decision.unknown === "warn" ? "warn" : "fail";
}

function pathOf({ path }: Change): string {
  return path.length === 0 ? "" : ` (${path.join(" → ")})`;
}

/** Project and stack of a URN. */
export function stackOf(urn: string): { project: string; stack: string } {
  const [stack = "", project = ""] = urn.replace(/^urn:pulumi:/, "").split("::");
  return { project, stack };
}
