import { existsSync } from "node:fs";
import type { Target } from "../planner/types.js";
import { readAudit } from "../stores/audit/file.js";

/** When each service was last changed on a stack, in unix seconds, by the audit log of this machine. */
export async function lastChanges(
  auditFile: string,
  place: { readonly project: string; readonly stack: string },
  targets: readonly Target[],
): Promise<Record<string, number>> {
  if (!existsSync(auditFile)) return {};
  const times: Record<string, number> = {};
  for (const record of await readAudit(auditFile)) {
    const concerns = record.project === place.project && record.stack === place.stack && record.phase === "after";
    const service = targets.find((t) => t.type === record.type && t.name === record.name)?.service;
    if (!concerns || record.change === null || service === undefined) continue;
    times[service] = Math.max(times[service] ?? 0, Date.parse(record.at) / 1000);
  }
  return times;
}
