import { existsSync } from "node:fs";
import type { AuditEntry, AuditRecord } from "./entry.js";
import { appendAudit, readAudit } from "./file.js";

/**
 * Appends refusals, leaving out each that the log holds already: a decision that is previewed and applied again and again
 * is refused once for each target and reason.
 * @param entries of phase `refused`; their outcome begins with the reason's name
 * @returns how many were written
 */
export async function appendRefusals(path: string, entries: readonly AuditEntry[]): Promise<number> {
  if (entries.length === 0) return 0;
  const written = new Set(existsSync(path) ? readAudit(path).filter(isRefusal).map(keyOf) : []);
  let count = 0;
  for (const entry of entries) {
    if (written.has(keyOf(entry))) continue;
    written.add(keyOf(entry));
    await appendAudit(path, entry);
    count++;
  }
  return count;
}

function isRefusal({ phase }: AuditRecord): boolean {
  return phase === "refused";
}

function keyOf({ decision, project, stack, type, name, change, outcome = "" }: AuditEntry): string {
  const reason = outcome.split(":")[0];
  return JSON.stringify([
    decision,
    project,
    stack,
    type,
    name,
    change?.kind,
    change?.instance,
    change?.backend,
    reason,
  ]);
}
