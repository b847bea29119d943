import type {
  Change,
  Decision,
  DnsWeightChange,
  ReplicasChange,
  ReservationChange,
  Verdict,
} from "../../planner/types.js";
import { plannedNumbers } from "../read/plannedNumber.js";
import { targetFinder } from "../targeted.js";
import type { Judgement, PlannedResource, PlannedStack } from "../types.js";
import { standingOf, withoutDecision } from "./decisionInForce.js";
import type { Rule } from "./rule.js";

/**
 * Judges resources one by one: every change of each must be in its inputs, and no risk over the threshold may stay. What
 * cannot be known is not safe.
 */
export function resourceJudge(decision: Decision, stack: PlannedStack): (resource: PlannedResource) => Judgement[] {
  const changesOf = targetFinder(decision.changes.filter(isNumber), stack);
  const verdictsOf = targetFinder(decision.verdicts, stack);
  return (resource) => [
    ...changesOf(resource).map((change) => judgeChange(change, resource)),
    ...verdictsOf(resource).map((verdict) => judgeVerdict(decision, verdict, resource.address)),
  ];
}

/** A change that the inputs of its resource show. A migration is work of its own. */
type NumberChange = ReplicasChange | ReservationChange | DnsWeightChange;

function isNumber(change: Change): change is NumberChange {
  return change.kind !== "migration" && (change.kind === "replicas" || change.target.type.startsWith("kubernetes:"));
}

/** Judges what belongs to no resource: services that the stack runs nowhere that is known. */
export function judgeStack(decision: Decision): Judgement[] {
  return decision.verdicts
    .filter(({ target }) => target === null)
    .map((verdict) => judgeVerdict(decision, verdict, null));
}

/** Changes of resources that the plan does not show, so that nobody can tell whether they are made. */
function judgeAbsent(decision: Decision, stack: PlannedStack): Judgement[] {
  const changes = decision.changes.filter(isNumber);
  const shown = new Set(stack.resources.flatMap(targetFinder(changes, stack)));
  return changes
    .filter((change) => !shown.has(change))
    .map((change) => ({
      verdict: "unknown",
      address: null,
      message: `${change.target.name}: the plan does not show it, so whether it ${asked(change)} is not known: ${completing(stack)}`,
      path: change.path,
    }));
}

function completing({ source }: PlannedStack): string {
  if (source === "pulumi") return "show unchanged resources too, with `pulumi preview --json --show-sames`";
  return "give all that is deployed, by the type and name of the decision";
}

function judgeChange(change: NumberChange, { address, name, type, after }: PlannedResource): Judgement {
  const part = change.kind === "dnsWeight" ? change.backend : undefined;
  const numbers = plannedNumbers(type, change.kind, after ?? {}, part);
  const why = `${change.reason}${pathOf(change)}`;
  const { path } = change;
  if (!numbers || numbers.some(({ value }) => value === null)) {
    const message = `${name}: whether it ${asked(change)} is not known yet. ${why}`;
    return { verdict: "unknown", address, message, path };
  }
  const short = numbers.filter(({ value }) => !isMet(change, Number(value)));
  const [first = numbers[0]] = short;
  if (short.length === 0 && first !== undefined) {
    return { verdict: "pass", address, message: `${name}: ${found(change, first.value)}` };
  }
  const remedy = "call applyDecision() first in the program, or write them in it";
  const has = first === undefined ? `no weight of ${part} among others` : found(change, first.value);
  const message = `${name}: ${has}, and the decision asks for ${change.to}: ${remedy}. ${why}`;
  const fix = short.map((s) => ({ address, path: s.path, from: s.value, to: change.to }));
  return { verdict: "fail", address, message, path, ...(fix.length > 0 && { fix }) };
}

/** More replicas than asked for are enough; a weight may lie beyond what was asked for, seen from where it was. */
function isMet(change: NumberChange, value: number): boolean {
  return change.kind === "dnsWeight" && change.to < change.from ? value <= change.to : value >= change.to;
}

function asked(change: NumberChange): string {
  if (change.kind === "dnsWeight") return `gives ${change.backend} the weight of ${change.to} of the decision`;
  const what = change.kind === "replicas" ? "replicas" : "reserved slots";
  return `runs the ${change.to} ${what} of the decision`;
}

function found(change: NumberChange, value: number | null): string {
  if (change.kind === "dnsWeight") return `weight ${value} for ${change.backend}`;
  return `${value} ${change.kind === "replicas" ? "replicas" : "reserved slots"}`;
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
