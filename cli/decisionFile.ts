import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseJson } from "../input/json.js";
import { InputError } from "../input/problems.js";
import { readDecision } from "../planner/decision.js";
import { changeKey } from "../planner/limits.js";
import type { Change, Decision } from "../planner/types.js";
import type { Applied } from "../provider/applied.js";
import { writeWhole } from "../stores/wholeFile.js";
import type { Call } from "./command.js";
import type { Config } from "./config.js";

/** Where the decision of a command is: `--decision` or `--out`, else `.firebreak/decision.json` beside the configuration. */
export function decisionPath({ flags, terminal }: Call, config: Config): string {
  const given = (flags.decision ?? flags.out) as string | undefined;
  return given === undefined ? resolve(config.root, ".firebreak/decision.json") : resolve(terminal.cwd, given);
}

/** @throws InputError where there is none, or it was changed after planning */
export function openDecision(file: string): Decision {
  if (!existsSync(file)) {
    throw new InputError("decision", [{ place: file, message: "no such file; run `firebreak plan` first" }]);
  }
  return readDecision(parseJson(readFileSync(file, "utf8"), file), file);
}

export async function saveDecision(file: string, decision: Decision): Promise<void> {
  await writeWhole(file, `${JSON.stringify(decision, null, 2)}\n`);
}

/**
 * The changes in force on a stack, in full. Its state keeps only what they do; reason and path come from the decision
 * file that was applied, where that is still there.
 */
export function changesInForce(applied: Applied | null, file: string): Change[] {
  if (applied === null) return [];
  const former = existsSync(file) ? formerDecision(file, applied.decisionId) : null;
  return applied.changes.flatMap((change): Change[] => {
    const full = former?.changes.find(
      (c) => changeKey(c) === changeKey(change) && c.target.name === change.target.name,
    );
    const inForce = {
      reason: `in force since decision ${applied.decisionId.slice(0, 19)}`,
      path: [],
      owner: null,
      riskWithout: 0,
      costPerDay: 0,
      expiresAt: "1970-01-01T00:00:00.000Z",
      ...full,
      service: change.service,
      target: change.target,
      ...(change.neededAt !== undefined && { neededAt: change.neededAt }),
    };
    const { kind, from, to, slot, backend } = change;
    // A migration is done, or will be planned again: nothing of it is in force.
    if (typeof from !== "number" || typeof to !== "number") return [];
    if (kind === "replicas") return [{ ...inForce, kind, from, to }];
    if (kind === "reservation" && slot !== undefined) return [{ ...inForce, kind, from, to, slot }];
    return kind === "dnsWeight" && backend !== undefined ? [{ ...inForce, kind, backend, from, to }] : [];
  });
}

function formerDecision(file: string, id: string): Decision | null {
  try {
    const decision = openDecision(file);
    return decision.id === id ? decision : null;
  } catch {
    // A broken file of an earlier run is about to be replaced: the state says what is in force.
    return null;
  }
}
