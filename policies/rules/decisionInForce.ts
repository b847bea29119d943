import { checkBinding, judgeAge } from "../../planner/decision.js";
import type { Decision } from "../../planner/types.js";
import type { Finding } from "./riskOverThreshold.js";

/** Whether the stack may be judged by the decision, and what is to be said when it may not. */
export interface Standing {
  readonly usable: boolean;
  readonly findings: readonly Finding[];
}

/**
 * Judges the decision itself. A missing one, and one of another project or stack, fail. Past its age `closed` fails,
 * `off` lets everything pass, and `hold` too, since then what was applied last is kept and nothing is added: both warn.
 * @param now Unix seconds.
 */
export function judgeDecision(
  decision: Decision | null,
  place: { readonly file: string; readonly project: string; readonly stack: string },
  now: number,
): Standing {
  if (decision === null) {
    const message = `no decision at ${place.file}: make one with \`firebreak plan\`, or name it with FIREBREAK_DECISION or the pack's configuration \`decision\``;
    return { usable: false, findings: [{ level: "fail", message }] };
  }
  const elsewhere = checkBinding(decision, { project: place.project, stack: place.stack });
  if (elsewhere.length > 0) {
    return {
      usable: false,
      findings: elsewhere.map((p) => ({ level: "fail", message: `${place.file}: ${p.place}: ${p.message}` })),
    };
  }
  if (judgeAge(decision, now) === "fresh") return { usable: true, findings: [] };
  const message = `the decision is past its maxAge of ${decision.maxAge} s (failMode ${decision.failMode}): make a new one with \`firebreak plan\``;
  return { usable: false, findings: [{ level: decision.failMode === "closed" ? "fail" : "warn", message }] };
}
