import type { AuditEntry, AuditRecord } from "./entry.js";

/** What a reader of the log looks for; what is not given is not asked. */
export interface AuditFilter {
  /** Id of a decision, or its first characters, with or without `sha256:`. */
  readonly decision?: string;
  /** Part of a resource's name or URN. */
  readonly resource?: string;
  readonly phase?: AuditEntry["phase"];
  readonly kind?: string;
  readonly actor?: string;
  /** Unix seconds, inclusive and exclusive. */
  readonly since?: number;
  readonly until?: number;
}

/** The records that a filter lets through, in their order. */
export function selectRecords(records: readonly AuditRecord[], filter: AuditFilter): AuditRecord[] {
  const { decision, resource, phase, kind, actor, since, until } = filter;
  const id = decision === undefined || decision.startsWith("sha256:") ? decision : `sha256:${decision}`;
  return records.filter((r) => {
    const at = Date.parse(r.at) / 1000;
    return (
      (id === undefined || r.decision.startsWith(id)) &&
      (resource === undefined || r.name.includes(resource) || (r.urn ?? "").includes(resource)) &&
      (phase === undefined || r.phase === phase) &&
      (kind === undefined || r.change?.kind === kind) &&
      (actor === undefined || r.actor === actor) &&
      (since === undefined || at >= since) &&
      (until === undefined || at < until)
    );
  });
}

/** A record with what belongs to it. */
export interface AuditStory {
  readonly record: AuditRecord;
  /** The record at the other end of the same operation: after a `before`, before an `after`. */
  readonly other?: AuditRecord;
  /** The latest earlier and the first later record of a finished change of the same resource and kind. */
  readonly earlier?: AuditRecord;
  readonly later?: AuditRecord;
}

/** The record of a number, and what came of it; undefined where the log has no such record. */
export function storyOf(records: readonly AuditRecord[], seq: number): AuditStory | undefined {
  const record = records.find((r) => r.seq === seq);
  if (record === undefined) return undefined;
  const same = records.filter((r) => r.type === record.type && r.name === record.name && r.stack === record.stack);
  const alike = same.filter((r) => r.change?.kind === record.change?.kind);
  const operation = alike.filter((r) => r.decision === record.decision && r.operation === record.operation);
  const after = operation.find((r) => r.seq > seq && r.phase !== "before");
  const ahead = operation.findLast((r) => r.seq < seq && r.phase === "before");
  const other = record.phase === "before" ? after : record.phase === "after" ? ahead : undefined;
  const done = alike.filter((r) => r.phase === "after" && r.seq !== other?.seq && r.seq !== seq);
  return {
    record,
    other,
    earlier: done.findLast((r) => r.seq < seq),
    later: done.find((r) => r.seq > seq),
  };
}
