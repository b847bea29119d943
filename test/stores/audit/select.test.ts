import { describe, expect, it } from "vitest";
import type { AuditRecord } from "../../../stores/audit/entry.js";
import { selectRecords, storyOf } from "../../../stores/audit/select.js";

import { entry } from "./example.js";

const at = (minute: number) => new Date(Date.UTC(2026, 10, 25, 10, minute)).toISOString();
function record(seq: number, more: Partial<AuditRecord> = {}): AuditRecord {
  return {
    seq,
    at: at(seq),
    ...entry,
    phase: "after",
    prev: "",
    hash: "",
    ...more,
  };
}
const log = [
  record(1, { phase: "before" }),
  record(2),
  record(3, { phase: "refused", name: "web", urn: null, outcome: "ownedByOther: kubectl" }),
  record(4, { phase: "before", decision: `sha256:${"b".repeat(64)}`, change: { kind: "replicas", from: 3, to: 4 } }),
  record(5, { decision: `sha256:${"b".repeat(64)}`, change: { kind: "replicas", from: 3, to: 4 }, actor: "eve@lap" }),
  record(6, { phase: "before", change: { kind: "migration", from: "n1", to: "n2" } }),
];
const seqs = (records: readonly AuditRecord[]) => records.map((r) => r.seq);

describe("a selection of the audit log", () => {
  it.each([
    ["nothing asked", {}, [1, 2, 3, 4, 5, 6]],
    ["a decision by its first characters", { decision: "bbbb" }, [4, 5]],
    ["a decision by its id", { decision: `sha256:${"b".repeat(64)}` }, [4, 5]],
    ["a part of a name", { resource: "we" }, [3]],
    ["a part of a URN", { resource: "Deployment::cart" }, [1, 2, 4, 5, 6]],
    ["a phase", { phase: "refused" as const }, [3]],
    ["a kind", { kind: "migration" }, [6]],
    ["an actor", { actor: "eve@lap" }, [5]],
    ["a time", { since: Date.parse(at(3)) / 1000, until: Date.parse(at(5)) / 1000 }, [3, 4]],
    ["several at once", { phase: "before" as const, decision: "b" }, [4]],
  ])("is by %s", (_, filter, expected) => {
    expect(seqs(selectRecords(log, filter))).toEqual(expected);
  });
});

describe("the story of a record", () => {
  it("joins both ends of an operation, and what was done before and since", () => {
    expect(storyOf(log, 1)).toMatchObject({ record: { seq: 1 }, other: { seq: 2 }, later: { seq: 5 } });
    expect(storyOf(log, 5)).toMatchObject({ other: { seq: 4 }, earlier: { seq: 2 } });
    expect(storyOf(log, 5)?.later).toBeUndefined();
  });

  it("has no other end where the run ended before it could write one, or the step was refused", () => {
    expect(storyOf(log, 6)?.other).toBeUndefined();
    expect(storyOf(log, 3)?.other).toBeUndefined();
  });

  it("is none where the log has no such record", () => {
    expect(storyOf(log, 7)).toBeUndefined();
  });
});
