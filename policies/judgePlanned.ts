import type { RuleGround } from "./ground.js";
import { readDecisionFile } from "./read/decisionFile.js";
import { hasNumbers } from "./read/plannedNumber.js";
import { standingOf } from "./rules/decisionInForce.js";
import { judgeStack, resourceJudge } from "./rules/riskOverThreshold.js";
import type { Judgement, PlannedStack } from "./types.js";

export interface GateOptions {
  /** The decision file, where one was chosen. */
  readonly decision?: string;
  /** Where a relative path is looked for, and in the folders above. */
  readonly folder: string;
  /** Unix seconds. */
  readonly now: number;
}

/** What the policy pack says: `fail` blocks, `warn` is only shown. */
export interface Violation {
  readonly level: "fail" | "warn";
  readonly message: string;
}

/**
 * All that the gate says of one resource. What concerns the whole stack is said once, with the stack's own resource.
 * A decision that cannot be read is a finding, too: a pack that throws would not block.
 */
export function judgePlanned(
  resource: {
    readonly type: string;
    readonly name: string;
    readonly urn: string;
    readonly props: Readonly<Record<string, unknown>>;
  },
  { decision: chosen, folder, now }: GateOptions,
): Violation[] {
  const { type, name, urn, props } = resource;
  const isStack = type === "pulumi:pulumi:Stack";
  if (!isStack && !hasNumbers(type)) return [];
  try {
    const ground: RuleGround = { ...readGround(chosen, folder), now, numbers: {} };
    const planned = { address: urn, type, name, operation: "same", after: props } as const;
    const stack: PlannedStack = { source: "pulumi", ...stackOf(urn), resources: [planned], warnings: [] };
    const standing = standingOf(stack, ground);
    if (!standing.usable) return isStack ? violationsOf(standing.judgements, ground) : [];
    const { decision } = standing;
    return violationsOf(isStack ? judgeStack(decision) : resourceJudge(decision, stack)(planned), ground);
  } catch (error) {
    return isStack ? [{ level: "fail", message: error instanceof Error ? error.message : String(error) }] : [];
  }
}

function readGround(chosen: string | undefined, folder: string): Pick<RuleGround, "decision" | "decisionFile"> {
  const { file, decision } = readDecisionFile(chosen, folder);
  return { decision, decisionFile: file };
}

function violationsOf(judgements: readonly Judgement[], { decision }: RuleGround): Violation[] {
  return judgements
    .filter(({ verdict }) => verdict !== "pass")
    .map(({ verdict, message, advisory }) => {
      const warns = advisory || (verdict === "unknown" && decision?.unknown === "warn");
      return { level: warns ? "warn" : "fail", message };
    });
}

/** Project and stack of a URN. */
function stackOf(urn: string): { project: string; stack: string } {
  const [stack = "", project = ""] = urn.replace(/^urn:pulumi:/, "").split("::");
  return { project, stack };
}
