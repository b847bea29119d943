import { checkBinding, judgeAge } from "../../planner/decision.js";
import type { Decision } from "../../planner/types.js";
import type { RuleGround } from "../ground.js";
import type { Judgement, PlannedStack } from "../types.js";
import type { Rule } from "./rule.js";

/** Whether a stack may be judged by the decision, and what is to be said when it may not. */
export type Standing =
  | { readonly usable: true; readonly decision: Decision }
  | { readonly usable: false; readonly judgements: readonly Judgement[] };

/**
 * Whether the decision is there, of this stack and fresh. A missing one, and one of another project or stack, fail. Past
 * its age `closed` fails, `off` lets everything pass, and `hold` too, since then what was applied last is kept and
 * nothing is added: both warn.
 */
export function standingOf(stack: Pick<PlannedStack, "project" | "stack">, ground: RuleGround): Standing {
  const { decision, decisionFile: file, now } = ground;
  const fail = (message: string): Judgement => ({ verdict: "fail", address: null, message });
  if (decision === null) {
    const message = `no decision at ${file}: make one with \`firebreak plan\`, or name it with FIREBREAK_DECISION, --decision or the pack's configuration \`decision\``;
    return { usable: false, judgements: [fail(message)] };
  }
  // Other tools than Pulumi have neither project nor stack: what is not known is not compared.
  const here = { project: stack.project ?? undefined, stack: stack.stack ?? undefined };
  const elsewhere = checkBinding(decision, here);
  if (elsewhere.length > 0) {
    return { usable: false, judgements: elsewhere.map((p) => fail(`${file}: ${p.place}: ${p.message}`)) };
  }
  if (judgeAge(decision, now) === "fresh") return { usable: true, decision };
  const message = `the decision is past its maxAge of ${decision.maxAge} s (failMode ${decision.failMode}): make a new one with \`firebreak plan\``;
  return {
    usable: false,
    judgements: [{ ...fail(message), ...(decision.failMode !== "closed" && { advisory: true }) }],
  };
}

/**
 * What a rule that judges by the decision says where it may not: unknown, once. Where the decision's fail mode lets the
 * stack through, it is no more than a warning.
 */
export function withoutDecision({ judgements }: Extract<Standing, { usable: false }>): Judgement[] {
  return judgements.slice(0, 1).map((judgement) => ({
    ...judgement,
    verdict: "unknown",
    message: `not judged: ${judgement.message}`,
  }));
}

export const decisionInForce: Rule = {
  id: "decision-in-force",
  title: "The stack has a decision, made for it, that is not too old",
  rationale: "Without one nothing is known about the risks of what is deployed.",
  remedy: "Run `firebreak plan` for this stack and keep its decision beside the program.",
  severity: "high",
  level: "mandatory",
  judge: (stack, ground) => {
    const standing = standingOf(stack, ground);
    if (!standing.usable) return standing.judgements;
    return [{ verdict: "pass", address: null, message: `the decision is ${standing.decision.id}` }];
  },
};
