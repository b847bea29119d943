import { existsSync } from "node:fs";
import { reservationPrefix } from "../planner/reservationName.js";
import type { Target, WeightedTarget } from "../planner/types.js";
import type { AuditRecord } from "../stores/audit/entry.js";
import { readAudit } from "../stores/audit/file.js";

/** What was changed on a stack of late, by the audit log of this machine. Times are unix seconds. */
export interface ChangeHistory {
  /** When each service was last changed. */
  readonly lastChangedAt: Readonly<Record<string, number>>;
  readonly recentMigrations: readonly number[];
  readonly leftHosts: readonly { readonly service: string; readonly host: string; readonly at: number }[];
}

/** @param known resources of the stack, by which a record's service is told */
export function readChangeHistory(
  auditFile: string,
  place: { readonly project: string; readonly stack: string },
  known: { readonly targets: readonly Target[]; readonly weights: readonly WeightedTarget[] },
): ChangeHistory {
  const records = existsSync(auditFile) ? readAudit(auditFile) : [];
  const done = records.filter((r) => r.project === place.project && r.stack === place.stack && r.phase === "after");
  const lastChangedAt: Record<string, number> = {};
  const recentMigrations: number[] = [];
  const leftHosts: { service: string; host: string; at: number }[] = [];
  for (const record of done) {
    if (record.change === null) continue;
    const at = Date.parse(record.at) / 1000;
    const isMigration = record.change.kind === "migration";
    if (isMigration) recentMigrations.push(at);
    for (const service of servicesOf(record, known)) {
      lastChangedAt[service] = Math.max(lastChangedAt[service] ?? 0, at);
      if (isMigration) leftHosts.push({ service, host: String(record.change.from), at });
    }
  }
  return { lastChangedAt, recentMigrations, leftHosts };
}

/** The services that a record is about: a route may lead to several. */
function servicesOf(
  { type, name }: AuditRecord,
  { targets, weights }: { readonly targets: readonly Target[]; readonly weights: readonly WeightedTarget[] },
): Set<string> {
  const isIt = (of: { readonly type: string; readonly name: string } | undefined) =>
    of?.type === type && of.name === name;
  const found = [...targets.filter((t) => isIt(t) || isIt(t.workload)), ...weights.filter(isIt)].map((t) => t.service);
  return new Set(name.startsWith(reservationPrefix) ? [name.slice(reservationPrefix.length), ...found] : found);
}
