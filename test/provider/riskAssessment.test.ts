import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeWithdrawal } from "../../planner/decision.js";
import type { StackChange } from "../../provider/decideProps.js";
import { type Assessed, assess, type InForce, sameInForce } from "../../provider/riskAssessment.js";

function change(name: string, to: number, from = 2): StackChange {
  const target = { type: "kubernetes:apps/v1:Deployment", name };
  return { kind: "replicas", service: name, target, from, to, reason: "" };
}
const last = (...changes: StackChange[]): InForce => ({ decisionId: "A", standing: "current", changes, withdrawn: [] });
const next = (more: Partial<Assessed> = {}): Assessed => ({
  decisionId: "B",
  standing: "current",
  written: [],
  failMode: "hold",
  changes: [],
  file: "decision.json",
  problem: "",
  ...more,
});

describe("assess", () => {
  it("takes a first decision as it is, without what only the program knows", () => {
    expect(assess({}, next({ changes: [change("a", 4)] }))).toEqual({
      inputs: { decisionId: "B", standing: "current", changes: [change("a", 4)], withdrawn: [] },
      failures: [],
    });
  });

  it("lets a stack go on without a decision where none was applied, and stops where one was", () => {
    const none = next({ decisionId: "", standing: "none" });
    expect(assess({}, none)).toMatchObject({ inputs: { decisionId: "", changes: [] }, failures: [] });
    const missing = assess(last(change("a", 3)), none);
    expect(missing.failures[0]?.reason).toMatch(
      /decision A was applied to this stack and its file is missing: decision\.json/,
    );
    expect(missing.inputs.changes).toEqual([change("a", 3)]);
  });

  it.each([
    ["stale and hold", next({ standing: "stale", changes: [change("a", 5)] })],
    ["kill switch", next({ standing: "killSwitch", failMode: "off", changes: [change("a", 5)] })],
  ])("keeps what was applied last: %s", (_title, assessed) => {
    const kept = assess(last(change("a", 3)), assessed);
    expect(kept).toMatchObject({ inputs: { decisionId: "A", changes: [change("a", 3)] }, failures: [] });
    expect(sameInForce(last(change("a", 3)), kept.inputs)).toBe(true);
    expect(assess({}, assessed).inputs).toMatchObject({ decisionId: "", changes: [] });
  });

  it("fails when stale and closed, deploys as written when stale and off", () => {
    expect(assess(last(change("a", 3)), next({ standing: "stale", failMode: "closed" })).failures).toHaveLength(1);
    const off = assess(last(change("a", 5)), next({ standing: "stale", failMode: "off", changes: [change("a", 5)] }));
    expect(off).toMatchObject({ inputs: { changes: [], withdrawn: [change("a", 5)] }, failures: [] });
  });

  it("keeps an expired change that is in force and does not add one anew", () => {
    const expired = (to: number) => ({ ...change("a", to), expired: true });
    expect(assess(last(change("a", 3)), next({ changes: [expired(3)] })).inputs.changes).toEqual([change("a", 3)]);
    expect(assess({}, next({ changes: [expired(3)] })).inputs.changes).toEqual([]);
  });

  it("keeps of an expired change what is in force of it", () => {
    const expired = (to: number) => next({ changes: [{ ...change("a", to), expired: true }] });
    expect(assess(last(change("a", 4)), expired(6))).toMatchObject({
      inputs: { changes: [change("a", 4)] },
      failures: [],
    });
    expect(assess(last(change("a", 4)), expired(3)).inputs.changes).toEqual([change("a", 3)]);
    const weight = (to: number): StackChange =>
      ({ ...change("a", to), kind: "dnsWeight", backend: "blue" }) as StackChange;
    const other = next({ changes: [{ ...weight(5), expired: true }] });
    expect(assess(last(weight(9)), other).inputs.changes).toEqual([weight(9)]);
    expect(assess(last(), other).inputs.changes).toEqual([]);
  });

  it("lets a change go that the program has caught up with by itself", () => {
    const { target } = change("a", 5);
    expect(assess(last(change("a", 5)), next()).failures).toHaveLength(1);
    expect(assess(last(change("a", 5)), next({ written: [{ target, replicas: 5 }] })).failures).toEqual([]);
    expect(assess(last(change("a", 5)), next({ written: [{ target, replicas: 3 }] })).failures).toHaveLength(1);
  });

  it("passes on why a decision may not be applied here", () => {
    const { failures, inputs } = assess(last(change("a", 3)), next({ problem: "another cluster" }));
    expect(failures).toEqual([{ property: "decisionId", reason: "another cluster" }]);
    expect(inputs.changes).toEqual([change("a", 3)]);
  });

  it("agrees with the planner on which withdrawals are too much at once", () => {
    const changes = fc.uniqueArray(
      fc.record({
        name: fc.constantFrom("a", "b", "c"),
        to: fc.integer({ min: 1, max: 6 }),
        from: fc.integer({ min: 1, max: 3 }),
      }),
      { selector: (c) => c.name },
    );
    fc.assert(
      fc.property(changes, changes, (olds, news) => {
        const [before, after] = [olds, news].map((list) => list.map((c) => change(c.name, c.to, c.from))) as [
          StackChange[],
          StackChange[],
        ];
        const mine = assess(last(...before), next({ changes: after })).failures.length;
        expect(mine).toBe(judgeWithdrawal(before, after).length);
      }),
      { numRuns: 500 },
    );
  });

  it("is the same however the engine orders fields or drops absent ones", () => {
    const stored = JSON.parse('{"changes":[{"to":3,"from":2}],"decisionId":"A","withdrawn":[{"to":9}]}');
    expect(sameInForce(stored, JSON.parse('{"decisionId":"A","changes":[{"from":2,"to":3,"urn":null}]}'))).toBe(true);
    expect(sameInForce(stored, JSON.parse('{"decisionId":"A","changes":[{"from":2,"to":4}]}'))).toBe(false);
    expect(sameInForce(stored, { ...stored, decisionId: "B" })).toBe(false);
  });
});
