import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileAbove } from "../../input/fileAbove.js";
import { parseJson } from "../../input/json.js";
import { readDecision } from "../../planner/decision.js";
import type { Decision } from "../../planner/types.js";

/**
 * Reads the decision that a policy pack judges by. An engine runs a pack in the pack's own folder and does not say
 * where the program is, so a relative path is looked for there and in each folder above it.
 * @param chosen path; `.firebreak/decision.json` where none was chosen
 * @returns null where there is no such file
 * @throws InputError where the file is no decision
 */
export function readDecisionFile(
  chosen: string | undefined,
  folder: string,
): { readonly file: string; readonly decision: Decision | null } {
  const wanted = chosen || join(".firebreak", "decision.json");
  const file = fileAbove(wanted, folder);
  if (file === undefined || !existsSync(file)) return { file: file ?? wanted, decision: null };
  return { file, decision: readDecision(parseJson(readFileSync(file, "utf8"), file), file) };
}
