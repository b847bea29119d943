import type { AuditRecord, LivePlace } from "../../stores/audit/entry.js";

/** One value to be put back. */
export interface RevertStep {
  readonly kind: string;
  readonly type: string;
  readonly name: string;
  readonly urn: string | null;
  readonly project: string;
  readonly stack: string;
  readonly place: LivePlace;
  /** What the decision made of it. */
  readonly from: number | string;
  /** What it was before. */
  readonly to: number | string;
}

/** A change of the decision that is not put back, and why. */
export interface NotReverted {
  readonly kind: string;
  readonly name: string;
  readonly reason: string;
}

/**
 * What has to be done to put back what a decision changed, read from the audit log alone: for each value the state before
 * the decision's first change of it. A change that has a record before it and none after it may have been carried out,
 * and counts. Steps come in reverse order of the changes, so that what came last goes first.
 * @param decision the id, or its first characters (with or without `sha256:`)
 * @returns `ids`: the decisions that fit; steps only where there is exactly one
 */
export function planRevert(
  records: readonly AuditRecord[],
  decision: string,
): { readonly ids: readonly string[]; readonly steps: readonly RevertStep[]; readonly left: readonly NotReverted[] } {
  const wanted = decision.startsWith("sha256:") ? decision : `sha256:${decision}`;
  const ids = [...new Set(records.map((r) => r.decision).filter((id) => id !== "" && id.startsWith(wanted)))].sort();
  const [id] = ids;
  if (id === undefined || ids.length > 1) return { ids, steps: [], left: [] };

  const steps = new Map<string, RevertStep>();
  const left = new Map<string, NotReverted>();
  const reverted = new Set<string>();
  for (const record of records) {
    if (record.decision !== id || record.change === null || record.phase === "refused") continue;
    const { kind, from, to } = record.change;
    const { type, name, urn, project, stack, place } = record;
    const key = place === undefined ? `${type}::${name}::${kind}` : `${place.system} ${place.id} ${place.field}`;
    if (record.operation === "revert") {
      if (record.phase === "after") reverted.add(key);
      continue;
    }
    reverted.delete(key);
    const reason = unmovable(record);
    if (reason !== null) {
      left.set(key, { kind, name, reason });
      continue;
    }
    left.delete(key);
    const first = steps.get(key);
    // Taken out and set again, so that the order is that of the last change.
    steps.delete(key);
    steps.set(key, {
      kind,
      type,
      name,
      urn,
      project,
      stack,
      place: place as LivePlace,
      from: to,
      to: first?.to ?? from,
    });
  }
  for (const [key, { kind, name }] of steps) {
    if (!reverted.has(key)) continue;
    steps.delete(key);
    left.set(key, { kind, name, reason: "it was put back already" });
  }
  return {
    ids,
    steps: [...steps.values()].filter((s) => s.from !== s.to).reverse(),
    left: [...left.values()].filter((l) => ![...steps.values()].some((s) => s.name === l.name && s.kind === l.kind)),
  };
}

function unmovable(record: AuditRecord): string | null {
  if (record.change?.kind === "migration")
    return "a migration is not undone: its replacement serves as well where it is";
  if (record.place !== undefined) return null;
  // The record before a creation cannot name the object yet; the one after it does.
  return record.phase === "before" && record.operation === "create"
    ? "it was being created when the run ended; see whether it exists, and delete it where it should not"
    : "the log does not say where the value lives; it was written by an earlier version";
}
