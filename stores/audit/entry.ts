import { createHash } from "node:crypto";
import canonicalize from "canonicalize";

/** What one operation is about to do, did, or was refused. */
export interface AuditEntry {
  /** Id of the decision in force. */
  readonly decision: string;
  readonly project: string;
  readonly stack: string;
  /** Who ran it, for example `ada@build-7`. */
  readonly actor: string;
  /** `before` is written ahead of the operation, `after` behind it, `refused` instead of it. */
  readonly phase: "before" | "after" | "refused";
  readonly operation: "create" | "update" | "delete" | "revert";
  /** Null where the engine has not named the resource yet. */
  readonly urn: string | null;
  readonly type: string;
  readonly name: string;
  readonly change: {
    readonly kind: string;
    readonly from: number | string;
    readonly to: number | string;
    /** What was migrated. */
    readonly instance?: string;
    /** Whose weight it is. */
    readonly backend?: string;
  } | null;
  /** Where the changed value lives outside Pulumi, so that `revert` finds it with nothing but this log. */
  readonly place?: LivePlace;
  /** Why the decision wants the change: one sentence. */
  readonly reason?: string;
  /** How it ended or why it was refused. */
  readonly outcome?: string;
}

/** A value of a live object. */
export interface LivePlace {
  readonly system: "kubernetes" | "aws";
  /** Kubernetes: `apps/v1/Deployment/NAMESPACE/NAME`. AWS: the resource's Pulumi type and id. */
  readonly id: string;
  /** Path of the value; of a list's items the one that a name tells apart: `spec.rules[*].backendRefs[name=a].weight`. */
  readonly field: string;
}

/** One line of the log: an entry chained to the line before it. */
export interface AuditRecord extends AuditEntry {
  /** 1 for the first line, then one more each. */
  readonly seq: number;
  /** ISO 8601. */
  readonly at: string;
  /** `hash` of the line before; 64 zeros on the first line. */
  readonly prev: string;
  /** What a crash left half written ahead of this line: its length and hash, so that the chain covers it too. */
  readonly torn?: { readonly bytes: number; readonly sha256: string };
  /** sha256 of the canonical form (RFC 8785) of the record without `hash`. */
  readonly hash: string;
}

export const chainStart = "0".repeat(64);

export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** The record with its hash. */
export function sealRecord(record: Omit<AuditRecord, "hash">): AuditRecord {
  return { ...record, hash: sha256(canonicalize(record) ?? "") };
}

/** The line that stands for a record: its canonical form, so that one record has exactly one text. */
export function writeLine(record: AuditRecord): string {
  return `${canonicalize(record)}\n`;
}

/** @returns the record of one line, or what is wrong with the line. */
export function readLine(line: string): AuditRecord | string {
  let record: AuditRecord;
  try {
    record = JSON.parse(line) as AuditRecord;
  } catch {
    return "is not JSON";
  }
  if (typeof record !== "object" || record === null || typeof record.hash !== "string") return "is no audit record";
  const { hash, ...rest } = record;
  if (sealRecord(rest).hash !== hash) return "does not match its own hash: it was changed";
  if (canonicalize(record) !== line) return "is not in canonical form: it was changed";
  return record;
}
