import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseJson } from "../input/json.js";
import { throwProblems } from "../input/problems.js";
import { checkBinding, judgeAge, readDecision } from "../planner/decision.js";
import type { Decision } from "../planner/types.js";
import type { LeftAlone } from "./decideProps.js";
import type { Assessed, Standing } from "./riskAssessment.js";
import { stackChangeOf } from "./stackChange.js";

/** The decision of a program, as found when it starts. */
export interface DecisionSource {
  readonly file: string;
  /** Null where there is no file. */
  readonly decision: Decision | null;
  readonly standing: Standing;
}

/**
 * Reads the decision file. The path `none` stands for no decision.
 * @param now Unix seconds.
 * @throws InputError where the file is no decision, or the decision of another stack.
 */
export function readDecisionSource(
  file: string,
  where: { readonly project: string; readonly stack: string },
  now: number,
  environment: NodeJS.ProcessEnv = process.env,
): DecisionSource {
  if (file === "none" || !existsSync(file)) {
    return { file, decision: null, standing: isStopped(file, environment) ? "killSwitch" : "none" };
  }
  const decision = readDecision(parseJson(readFileSync(file, "utf8"), file), file);
  throwProblems(file, checkBinding(decision, where));
  if (isStopped(file, environment)) return { file, decision, standing: "killSwitch" };
  return { file, decision, standing: judgeAge(decision, now) === "stale" ? "stale" : "current" };
}

/** Whether someone stopped Firebreak: `FIREBREAK_KILL_SWITCH`, or a file `kill-switch` beside the decision. */
export function isStopped(file: string, environment: NodeJS.ProcessEnv = process.env): boolean {
  const variable = environment.FIREBREAK_KILL_SWITCH;
  if (variable !== undefined && !["", "0", "false"].includes(variable)) return true;
  return file !== "none" && existsSync(join(dirname(file), "kill-switch"));
}

/** Where a decision is looked for: what the program says, the environment, the stack's configuration, the project. */
export function findDecision(
  options: { readonly argument?: string; readonly config?: string; readonly root: string },
  environment: NodeJS.ProcessEnv = process.env,
): string {
  const chosen = options.argument ?? (environment.FIREBREAK_DECISION || undefined) ?? options.config;
  if (chosen === "none") return chosen;
  return resolve(options.root, chosen ?? ".firebreak/decision.json");
}

/** What `RiskAssessment` is told of the decision. `now` in Unix seconds. */
export function assessedOf({ decision, file, standing }: DecisionSource, now: number): Assessed {
  return {
    decisionId: decision?.id ?? "",
    standing,
    failMode: decision?.failMode ?? "hold",
    file,
    problem: "",
    written: (decision?.verdicts ?? []).flatMap(({ target, written }) =>
      target && written !== undefined ? [{ target: { ...target }, replicas: written }] : [],
    ),
    changes: (decision?.changes ?? []).map((change) => {
      const kept = stackChangeOf(change);
      return Date.parse(change.expiresAt) / 1000 < now ? { ...kept, expired: true } : kept;
    }),
  };
}

/** Services whose replicas the planner left to another owner, with the resource that runs each. */
export function leftAloneIn(decision: Decision | null): LeftAlone[] {
  const held = new Set(decision?.refusals.filter((r) => r.reason === "ownedByOther").map((r) => r.service));
  return (decision?.verdicts ?? []).flatMap(({ service, target }) =>
    target && held.has(service) ? [{ service, target }] : [],
  );
}
