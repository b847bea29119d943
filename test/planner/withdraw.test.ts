import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Topology } from "../../graph/types.js";
import { judgeWithdrawal } from "../../planner/decision.js";
import { type PlanInput, plan } from "../../planner/plan.js";
import { withoutReplica, withReplica } from "../../planner/replicaSet.js";
import { simulation } from "../../planner/simulation.js";
import type { Change, ReplicasChange } from "../../planner/types.js";
import { topologies } from "./arbitrary.js";
import { input, loaded, now, shop, target } from "./example.js";

const raised = (from: number, to: number, service = "catalog"): ReplicasChange => ({
  kind: "replicas",
  service,
  target: { type: "kubernetes:apps/v1:Deployment", name: service },
  from,
  to,
  reason: "was needed",
  path: ["catalog-0", "frontend-0"],
  owner: null,
  riskWithout: 0.1,
  costPerDay: 1,
  expiresAt: "2025-12-31T00:00:00.000Z",
});

/** The shop as traffic shows it with `count` catalogs; the program asks for `written`. */
function running(count: number, written: number, more: Partial<PlanInput> = {}): PlanInput {
  let topology: Topology = shop();
  for (let n = 1; n < count; n++) topology = withReplica(topology, "catalog", {});
  return input(topology, {
    targets: [target("catalog", written), target("frontend", 2)],
    applied: count > written ? [raised(written, count)] : [],
    lastChangedAt: { catalog: now - 3600 },
    ...more,
  });
}

const counts = (changes: readonly Change[]) => changes.map((c) => `${c.service} ${c.from} to ${c.to}`);

describe("a change in force", () => {
  test("is kept while it is needed, though the risk is under the threshold now", () => {
    const decision = plan(running(2, 1));
    expect(counts(decision.changes)).toEqual(["catalog 1 to 2"]);
    expect(decision.changes[0]?.riskWithout).toBeGreaterThan(0.05);
    expect(decision.changes[0]?.path).toEqual(["catalog-0", "frontend-1"]);
    expect(decision.changes[0]?.expiresAt).toBe("2026-01-01T12:30:00.000Z");
    expect(decision.verdicts.map((v) => [v.service, v.asWritten, v.withChanges])).toEqual([
      ["catalog", "pass", "pass"],
      ["frontend", "fail", "pass"],
    ]);
  });

  test("that nothing needs steps down by one replica, and from 5 to 2 it takes three plans", () => {
    const states: string[] = [];
    let count = 5;
    for (let round = 0; round < 3; round++) {
      const before = running(count, 2, { threshold: 0.2 });
      const decision = plan(before);
      expect(judgeWithdrawal(before.applied, decision.changes)).toEqual([]);
      states.push(counts(decision.changes).join() || "none");
      expect(decision.instances.filter((i) => i.after === null).map((i) => i.id)).toEqual([`catalog+${count - 1}`]);
      count--;
    }
    expect(states).toEqual(["catalog 2 to 4", "catalog 2 to 3", "none"]);
    expect(counts(plan(running(2, 2, { threshold: 0.2 })).changes)).toEqual([]);
  });

  test.each<[string, Partial<PlanInput>, string]>([
    ["in its cool-down", { lastChangedAt: { catalog: now - 60 } }, "coolDown"],
    ["under the kill switch", { limits: { ...input(shop()).limits, killSwitch: true } }, "killSwitch"],
    ["in a freeze", { limits: { ...input(shop()).limits, freeze: [{ from: now - 1, to: now + 1 }] } }, "freeze"],
    ["where the run may change nothing", { limits: { ...input(shop()).limits, changesPerRun: 0 } }, "changesPerRun"],
  ])("stays as it is %s, and the refusal says why", (_title, more, reason) => {
    const decision = plan(running(3, 1, { threshold: 0.2, ...more }));
    expect(counts(decision.changes)).toEqual(["catalog 1 to 3"]);
    expect(decision.refusals).toMatchObject([{ kind: "replicas", service: "catalog", from: 3, to: 2, reason }]);
  });

  test("does not step down to where risk would be near the threshold", () => {
    const close = plan(running(2, 1, { threshold: 0.07 }));
    expect(counts(close.changes)).toEqual(["catalog 1 to 2"]);
    const far = plan(running(2, 1, { threshold: 0.09 }));
    expect(counts(far.changes)).toEqual([]);
  });

  test("counts from what the program asks for now, and ends where the program asks for as much", () => {
    const more = (written: number) => ({ targets: [target("catalog", written), target("frontend", 2)] });
    const kept = plan(running(3, 1, { ...more(2), lastChangedAt: { catalog: now } }));
    expect(counts(kept.changes)).toEqual(["catalog 2 to 3"]);
    const ended = plan(running(3, 1, more(3)));
    expect(counts(ended.changes)).toEqual([]);
  });

  test.each<[string, Partial<PlanInput>]>([
    [
      "whose replicas another owns by now",
      { targets: [target("catalog", 1, { hold: { reason: "ownedByOther", detail: "hpa" } })] },
    ],
    ["whose resource is gone", { targets: [target("frontend", 2)] }],
    [
      "of a service without traffic",
      {
        topology: shop((json) => {
          json.services.shift();
          json.nodes.shift();
          json.links = [];
        }),
      },
    ],
  ])("%s is carried on as it is", (_title, more) => {
    const decision = plan(running(3, 1, more));
    expect(counts(decision.changes)).toEqual(["catalog 1 to 3"]);
  });

  test("counts for what the traffic does not show yet", () => {
    const decision = plan({ ...running(1, 1), applied: [raised(1, 2)] });
    expect(counts(decision.changes)).toEqual(["catalog 1 to 2"]);
    expect(decision.warnings).toContain("the traffic shows 1 of catalog, the stack asks for 2: planned with 2");
  });

  test("that falls short is raised on, from the same written count", () => {
    const targets = [target("catalog", 2), target("frontend", 1)];
    const decision = plan(input(loaded(17, { catalogs: 3 }), { targets, applied: [raised(2, 3)] }));
    expect(counts(decision.changes)).toEqual(["catalog 2 to 4"]);
  });
});

describe("the hold time", () => {
  const noted = (count: number, neededAt: string) => [{ ...raised(2, count), neededAt }];
  const plans = (neededAt: string, more: Partial<PlanInput> = {}) =>
    plan(running(4, 2, { threshold: 0.2, applied: noted(4, neededAt), ...more }));

  test("begins anew with every plan that needs the change", () => {
    const decision = plan(running(2, 1, { applied: [{ ...raised(1, 2), neededAt: "2025-12-01T00:00:00.000Z" }] }));
    expect(decision.changes).toMatchObject([{ to: 2, neededAt: "2026-01-01T12:00:00.000Z" }]);
  });

  test("goes on where nothing needs it, and is not begun by a step back", () => {
    expect(plans("2026-01-01T10:00:00.000Z").changes).toMatchObject([{ to: 4, neededAt: "2026-01-01T10:00:00.000Z" }]);
    expect(plans("2026-01-01T00:00:00.000Z").changes).toMatchObject([{ to: 3, neededAt: "2026-01-01T00:00:00.000Z" }]);
  });

  test("is said in the refusal, and can be set", () => {
    expect(plans("2026-01-01T10:00:00.000Z").refusals).toMatchObject([
      {
        reason: "coolDown",
        detail: "it was last needed at 2026-01-01T10:00:00.000Z and stays until 2026-01-01T22:00:00.000Z",
      },
    ]);
    const limits = { ...input(shop()).limits, holdTime: 7200 };
    expect(counts(plans("2026-01-01T10:00:00.000Z", { limits }).changes)).toEqual(["catalog 2 to 3"]);
  });
});

describe("an autoscaler's minimum", () => {
  const workload = { type: "kubernetes:apps/v1:Deployment", name: "catalog" };
  const hpa = (minimum: number | null, more: Partial<PlanInput> = {}): Partial<PlanInput> => ({
    targets: [
      target("catalog", minimum, { type: "kubernetes:autoscaling/v2:HorizontalPodAutoscaler", workload, most: 6 }),
      target("frontend", 2),
    ],
    applied: [],
    lastChangedAt: {},
    ...more,
  });

  test("is no change where the autoscaler alone holds what is needed", () => {
    const decision = plan(running(2, 1, hpa(1)));
    expect(decision.changes).toEqual([]);
    expect(decision.verdicts.every((v) => v.asWritten === "pass")).toBe(true);
  });

  test("is raised above what runs, from what the program writes", () => {
    expect(counts(plan(running(1, 1, hpa(null))).changes)).toEqual(["catalog 1 to 2"]);
  });

  test("goes back without a replica less where the autoscaler holds more", () => {
    const applied = [{ ...raised(1, 3), neededAt: "2025-12-31T00:00:00.000Z" }];
    const decision = plan(running(5, 1, { threshold: 0.2, ...hpa(1, { applied }) }));
    expect(counts(decision.changes)).toEqual(["catalog 1 to 2"]);
    expect(decision.instances.filter((i) => i.after === null)).toEqual([]);
  });

  test("is never raised above its maximum", () => {
    const decision = plan(
      running(1, 1, hpa(1, { targets: [target("catalog", 1, { workload, most: 1 }), target("frontend", 2)] })),
    );
    expect(decision.refusals).toMatchObject([{ kind: "replicas", service: "catalog", reason: "maxReplicas" }]);
  });
});

test("nothing is taken back that leaves an instance it touches above the hysteresis", () => {
  const options = { worlds: 1000, seed: 5 };
  fc.assert(
    fc.property(topologies, fc.constantFrom(0.05, 0.1, 0.15), (topology, threshold) => {
      let running = topology;
      for (const { id } of topology.services) running = withReplica(running, id, {});
      const applied = topology.services.map(({ id }) => {
        const count = topology.nodes.filter((n) => n.service === id).length;
        return { ...raised(count, count + 1, id), neededAt: "2025-12-01T00:00:00.000Z" };
      });
      const targets = applied.map((c) => target(c.service, c.from));
      const decision = plan(input(running, { targets, applied, threshold, simulation: options, maxSimulations: 1 }));
      const withdrawn = decision.instances.filter((i) => i.after === null);
      fc.pre(withdrawn.length > 0);
      let less = running;
      for (const { service } of withdrawn) less = withoutReplica(less, service);
      const [before, after] = [simulation.sample(running, options), simulation.sample(less, options)];
      for (const { id } of less.nodes) {
        if (after.failures.get(id) === before.failures.get(id)) continue;
        expect(after.risks.get(id)?.risk).toBeLessThanOrEqual(0.8 * threshold);
      }
    }),
    { numRuns: 20 },
  );
});

describe("judging a withdrawal", () => {
  test.each<[string, { from: number; to: number }, number | null, number | null, boolean]>([
    ["one replica less is permitted", { from: 2, to: 5 }, 4, null, true],
    ["two less are refused", { from: 2, to: 5 }, 3, null, false],
    ["more is permitted", { from: 2, to: 5 }, 7, null, true],
    ["a change of one may go", { from: 2, to: 3 }, null, null, true],
    ["a change of two may not", { from: 2, to: 4 }, null, null, false],
    ["a change of two may go once the program asks for one less", { from: 2, to: 4 }, null, 3, true],
    ["a program that asks for less than before makes the step longer", { from: 2, to: 3 }, null, 1, false],
  ])("%s", (_title, change, to, written, permitted) => {
    const next = to === null ? [] : [{ kind: "replicas" as const, service: "api", from: change.from, to }];
    const asked = new Map(written === null ? [] : [["api", written]]);
    const problems = judgeWithdrawal([{ kind: "replicas", service: "api", ...change }], next, asked);
    expect(problems.length === 0).toBe(permitted);
    if (!permitted) expect(problems[0]?.message).toContain("one at a time");
  });

  test.each([
    [2, true],
    [1, false],
  ])("of three slots %i may be left", (to, permitted) => {
    const of = (count: number) => ({ kind: "reservation" as const, service: "api", from: 0, to: count });
    expect(judgeWithdrawal([of(3)], [of(to)]).length === 0).toBe(permitted);
  });

  test("migrations are nothing to withdraw", () => {
    expect(judgeWithdrawal([{ kind: "migration", service: "api", from: "h1", to: "h2" }], [])).toEqual([]);
  });
});
