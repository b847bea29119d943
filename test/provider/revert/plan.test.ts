import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planRevert } from "../../../provider/revert/plan.js";
import type { AuditRecord } from "../../../stores/audit/entry.js";

const id = `sha256:${"a".repeat(64)}`;
const place = (name: string) =>
  ({ system: "kubernetes", id: `apps/v1/Deployment/shop/${name}`, field: "spec.replicas" }) as const;

function record(name: string, from: number, to: number, more: Partial<AuditRecord> = {}): AuditRecord {
  return {
    decision: id,
    project: "shop",
    stack: "dev",
    actor: "ada",
    phase: "after",
    operation: "update",
    urn: null,
    type: "kubernetes:apps/v1:Deployment",
    name,
    change: { kind: "replicas", from, to },
    place: place(name),
    seq: 1,
    at: "2026-11-25T10:00:00.000Z",
    prev: "",
    hash: "",
    ...more,
  };
}
const shown = (records: readonly AuditRecord[], decision = id) =>
  planRevert(records, decision).steps.map((s) => `${s.name} ${s.from}→${s.to}`);

describe("a revert", () => {
  it("goes back to before the decision's first change of a value, the last change first", () => {
    expect(shown([record("a", 2, 3), record("b", 1, 2), record("a", 3, 5)])).toEqual(["a 5→2", "b 2→1"]);
  });

  it("counts a change whose run ended before it could say how it went", () => {
    expect(shown([record("a", 2, 3, { phase: "before" })])).toEqual(["a 3→2"]);
  });

  it.each<[string, Partial<AuditRecord>]>([
    ["another decision", { decision: `sha256:${"b".repeat(64)}` }],
    ["a refusal", { phase: "refused" }],
    ["a record without a change", { change: null }],
  ])("leaves out %s", (_, more) => {
    expect(shown([record("a", 2, 3, more)])).toEqual([]);
  });

  it.each<[string, Partial<AuditRecord>, RegExp]>([
    ["a migration", { change: { kind: "migration", from: "n1", to: "n2" } }, /not undone/],
    ["a value whose place is not in the log", { place: undefined }, /does not say where/],
    ["a creation that never ended", { place: undefined, phase: "before", operation: "create" }, /was being created/],
  ])("says why it leaves %s", (_, more, reason) => {
    const { steps, left } = planRevert([record("a", 2, 3, more)], id);
    expect(steps).toEqual([]);
    expect(left[0]?.reason).toMatch(reason);
  });

  it("puts nothing back twice, and once more where the decision was applied again", () => {
    const back = record("a", 3, 2, { operation: "revert" });
    expect(shown([record("a", 2, 3), back])).toEqual([]);
    expect(planRevert([record("a", 2, 3), back], id).left).toEqual([
      { kind: "replicas", name: "a", reason: "it was put back already" },
    ]);
    expect(shown([record("a", 2, 3), back, record("a", 2, 3)])).toEqual(["a 3→2"]);
  });

  it("knows a decision by the first characters of its id, if only one fits", () => {
    expect(shown([record("a", 2, 3)], "aaaa")).toEqual(["a 3→2"]);
    const other = record("a", 2, 3, { decision: `sha256:ab${"0".repeat(62)}` });
    expect(planRevert([record("a", 2, 3), other], "a")).toMatchObject({ ids: [id, other.decision], steps: [] });
    expect(planRevert([record("a", 2, 3)], "c")).toMatchObject({ ids: [], steps: [] });
  });

  it("ends every value where it was before the decision, whatever was done on the way", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.integer({ min: 1, max: 9 }))), (moves) => {
        const live = new Map([..."abc"].map((name) => [name, 2]));
        const records = moves.map(([name, to]) => {
          const from = live.get(name) ?? 2;
          live.set(name, to);
          return record(name, from, to);
        });
        for (const step of planRevert(records, id).steps) {
          expect(live.get(step.name)).toBe(step.from);
          live.set(step.name, Number(step.to));
        }
        expect([...live.values()]).toEqual([2, 2, 2]);
      }),
    );
  });
});
