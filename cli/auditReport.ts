import type { AuditRecord } from "../stores/audit/entry.js";
import type { AuditStory } from "../stores/audit/select.js";
import { table } from "./output.js";

/** Records as a table, oldest first. */
export function describeRecords(records: readonly AuditRecord[]): string {
  if (records.length === 0) return "no record fits\n";
  return table(
    ["#", "at", "phase", "operation", "resource", "change", "decision", "outcome"],
    records.map((r) => [
      String(r.seq),
      r.at,
      r.phase,
      r.operation,
      r.name,
      changeText(r),
      r.decision.slice(0, 19),
      r.outcome ?? "",
    ]),
  );
}

/** One record and what came of it, for people who ask why. */
export function describeStory({ record, other, earlier, later }: AuditStory): string {
  const { seq, at, actor, operation, phase, name, type, urn, place, decision, project, stack, reason, outcome } =
    record;
  const doings = { before: "was about to be done", after: "was done", refused: "was refused" };
  const rows: [string, string | undefined][] = [
    ["what", `${operation} of ${name}: ${changeText(record) || "no change of ours"}; it ${doings[phase]}`],
    ["when", at],
    ["who", actor],
    ["resource", urn ?? type],
    ["stack", `${project}/${stack}`],
    ["object", place && `${place.id}, ${place.field}`],
    ["decision", decision],
    ["why", reason],
    ["outcome", outcome ?? endOf(record, other)],
    ["before it", earlier && `#${earlier.seq} at ${earlier.at}: ${changeText(earlier)}`],
    ["since", later && `#${later.seq} at ${later.at}: ${changeText(later)} (${later.operation})`],
  ];
  const lines = rows.flatMap(([label, text]) => (text ? [`${label.padEnd(9)}  ${text}\n`] : []));
  return `record ${seq}\n${lines.join("")}`;
}

function changeText({ change }: AuditRecord): string {
  return change === null ? "" : `${change.kind} ${change.from} → ${change.to}`;
}

function endOf(record: AuditRecord, other: AuditRecord | undefined): string | undefined {
  if (record.phase !== "before") return undefined;
  if (other === undefined) return "not known: the run ended before it could say; look at the live object";
  return `${other.outcome ?? other.phase} (#${other.seq} at ${other.at})`;
}
