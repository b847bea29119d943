import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readTopology } from "../../../graph/topology.js";
import type { Topology } from "../../../graph/types.js";
import type { Ground } from "../../../planner/ground.js";
import { dnsWeight } from "../../../planner/moves/dnsWeight.js";
import { type PlanInput, plan } from "../../../planner/plan.js";
import type { DnsWeightChange, RefusalReason, WeightedTarget } from "../../../planner/types.js";
import { shareOf, weightsOf, withScaledShares } from "../../../planner/weights.js";
import { topologies } from "../arbitrary.js";
import { input, now, routed, target, weight } from "../example.js";

const both = [weight("blue", ["catalog-0"]), weight("green", ["catalog-1"])];
const costs = { cpuHour: 0.04, memoryGiBHour: 0.005, migration: 0.5 };

/** What the move proposes for catalog, as `backend from to`. */
function proposals(targets: readonly WeightedTarget[], topology = routed()) {
  const ground: Ground = { threshold: 0.05, weights: weightsOf(targets, []) };
  const focus = { services: new Set(["catalog"]), paths: [] };
  return dnsWeight.propose(topology, focus, { ground, costs });
}

/** A plan that no replica helps, so that weights are what is left. */
const weighed = (more: Partial<PlanInput> = {}, topology: Topology = routed()) => {
  const hold = { reason: "ownedByOther" as const, detail: "hpa" };
  const targets = [target("catalog", 2, { hold }), target("frontend", 1)];
  const base = input(topology, { targets, weights: both, simulation: { worlds: 2000, seed: 1 }, ...more });
  return plan(base);
};

describe("proposals", () => {
  test("lower the weight of each backend to a half, a quarter and a tenth", () => {
    expect(proposals(both).map((c) => `${c.backend} ${c.from} ${c.to}`)).toEqual([
      "blue 100 50",
      "blue 100 25",
      "blue 100 10",
      "green 100 50",
      "green 100 25",
      "green 100 10",
    ]);
  });

  test("raise the other's where a weight is too small to be divided, never above the most there may be", () => {
    const small = [
      weight("blue", ["catalog-0"], { weight: 1 }),
      weight("green", ["catalog-1"], { weight: 1, most: 4 }),
    ];
    expect(proposals(small).map((c) => `${c.backend} ${c.from} ${c.to}`)).toEqual([
      "blue 1 2",
      "blue 1 4",
      "blue 1 10",
      "green 1 2",
      "green 1 4",
    ]);
  });

  test("are never to 0", () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(300), (a, b) => {
        const targets = [weight("blue", ["catalog-0"], { weight: a }), weight("green", ["catalog-1"], { weight: b })];
        for (const { to } of proposals(targets)) expect(Number(to)).toBeGreaterThan(0);
      }),
    );
  });

  test("say how much of the traffic they move, in instances", () => {
    expect(proposals(both).map((c) => c.touches?.toFixed(3))).toEqual([
      "0.333",
      "0.600",
      "0.818",
      "0.333",
      "0.600",
      "0.818",
    ]);
  });
});

describe("a plan", () => {
  test.each([
    [0.12, 50],
    [0.16, 25],
    [0.4, 10],
  ])("sends less to a backend whose zone fails with %f, as little as it takes: %i", (prior, to) => {
    const decision = weighed({}, routed(prior));
    expect(decision.changes).toMatchObject([
      {
        kind: "dnsWeight",
        service: "catalog",
        target: { type: "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", name: "shop" },
        backend: "blue",
        from: 100,
        to,
        costPerDay: 0.1,
        neededAt: "2026-01-01T12:00:00.000Z",
      },
    ]);
    const [change] = decision.changes;
    expect(change?.riskWithout).toBeGreaterThan(0.05);
    expect(change?.path).toContain("catalog-0");
    expect(decision.verdicts.find((v) => v.service === "frontend")).toMatchObject({
      asWritten: "fail",
      withChanges: "pass",
    });
  });

  test.each<[RefusalReason, Partial<PlanInput>]>([
    ["killSwitch", { limits: { ...input(routed()).limits, killSwitch: "by annotation of the stack" } }],
    ["coolDown", { lastChangedAt: { catalog: now - 60 } }],
    ["changesPerRun", { limits: { ...input(routed()).limits, changesPerRun: 0 } }],
    ["costPerDay", { limits: { ...input(routed()).limits, costPerDay: 0.05 } }],
    ["ownedByOther", { weights: both.map((w) => ({ ...w, hold: { reason: "ownedByOther", detail: "argo" } })) }],
    [
      "optedOut",
      {
        targets: [
          target("catalog", 2, { hold: { reason: "optedOut", detail: "carries an annotation" } }),
          target("frontend", 1),
        ],
      },
    ],
    ["lastHealthyTarget", { weights: [weight("blue", ["catalog-0"]), weight("green", ["catalog-1"], { weight: 0 })] }],
    ["unknownValue", { weights: both.map((w) => ({ ...w, weight: null })) }],
    ["unknownValue", { weights: both.map((w) => ({ ...w, instances: [] })) }],
    ["unknownValue", { weights: both.map((w) => ({ ...w, instances: ["catalog-0", "catalog-1"] })) }],
    ["unknownValue", { weights: both.map((w, i) => ({ ...w, name: `route-${i}` })) }],
  ])("that meets %s leaves the weights alone, and says so", (reason, more) => {
    const decision = weighed(more);
    expect(decision.changes.filter((c) => c.kind === "dnsWeight")).toEqual([]);
    const refused = decision.refusals.filter((r) => r.kind === "dnsWeight" && r.service === "catalog");
    expect(refused.map((r) => r.reason)).toContain(reason);
    expect(refused.every((r) => r.backend !== undefined)).toBe(true);
  });

  test("does not take traffic from the last healthy target", () => {
    const [candidate] = proposals([both[1] as WeightedTarget]).filter((c) => c.backend === "green");
    const found = candidate?.apply(routed());
    expect(found && "reason" in found && found.reason).toBe("lastHealthyTarget");
  });

  test("does not send a backend more than it can carry", () => {
    const loaded = readTopology({
      ...routed(),
      services: [{ id: "catalog", load: 12 }, { id: "frontend" }],
      nodes: routed().nodes.map((n) => (n.service === "catalog" ? { ...n, capacity: 8 } : n)),
    });
    const reasons = proposals(both, loaded)
      .filter((c) => c.backend === "blue")
      .map((c) => c.apply(loaded))
      .map((found) => ("reason" in found ? `${found.reason}: ${found.detail}` : "taken"));
    // 12 × 2/3 is 8: green can just carry it.
    expect(reasons).toEqual([
      "taken",
      "noRoom: green of catalog would have to carry 9.6, and can carry 8",
      "noRoom: green of catalog would have to carry 10.9, and can carry 8",
    ]);
  });
});

describe("shares", () => {
  test("sum to 1 for every client, whatever is scaled by how much, and no link comes or goes", () => {
    fc.assert(
      fc.property(topologies, fc.nat(), fc.constantFrom(0.01, 0.1, 0.5, 2, 10, 255), (topology, pick, factor) => {
        const services = [...new Set(topology.nodes.map((n) => n.service))];
        const service = services[pick % services.length] ?? "";
        const [first] = topology.nodes.filter((n) => n.service === service);
        const scaled = withScaledShares(topology, service, first ? [first.id] : [], factor);
        readTopology(scaled);
        expect(scaled.links.map((l) => `${l.source} ${l.target}`)).toEqual(
          topology.links.map((l) => `${l.source} ${l.target}`),
        );
        const back = withScaledShares(scaled, service, first ? [first.id] : [], 1 / factor);
        for (const [i, link] of back.links.entries()) expect(link.share).toBeCloseTo(topology.links[i]?.share ?? 0, 9);
      }),
    );
  });

  test("of a backend scale by the ratio of its weights", () => {
    const scaled = withScaledShares(routed(), "catalog", ["catalog-0"], 25 / 100);
    expect(shareOf(scaled, "catalog", new Set(["catalog-0"]))).toBeCloseTo(0.2, 12);
  });
});

describe("a weight in force", () => {
  const inForce = (to: number, neededAt?: string): DnsWeightChange => ({
    kind: "dnsWeight",
    service: "catalog",
    backend: "blue",
    target: { type: "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", name: "shop" },
    from: 100,
    to,
    reason: "was needed",
    path: [],
    owner: null,
    riskWithout: 0.1,
    costPerDay: 0.1,
    expiresAt: "2025-12-31T00:00:00.000Z",
    ...(neededAt !== undefined && { neededAt }),
  });
  /** Traffic that came by 20 and 100. */
  const seen = (prior: number) => withScaledShares(routed(prior), "catalog", ["catalog-0"], 0.2);
  const long = "2025-12-31T12:00:00.000Z";
  const planned = (prior: number, to: number, neededAt?: string, more: Partial<PlanInput> = {}) =>
    weighed({ applied: [inForce(to, neededAt)], ...more }, seen(prior)).changes.map(
      (c) => `${c.from} ${c.to} ${c.neededAt}`,
    );

  test("is kept while it is needed, as it is, and is needed now", () => {
    expect(planned(0.12, 20, long)).toEqual(["100 20 2026-01-01T12:00:00.000Z"]);
  });

  test("goes back to what the program writes where nothing needs it", () => {
    expect(planned(0, 20, long)).toEqual([]);
  });

  test("goes half of the way back where that is safe and the whole is not", () => {
    // Half of the traffic in a zone that fails with 0.07 is over 0.8 × the threshold, what 60 sends there is not.
    expect(planned(0.07, 20, long)).toEqual(["100 60 2026-01-01T12:00:00.000Z"]);
  });

  test("goes half of the way back where that is all that may move at once", () => {
    const limits = { ...input(routed()).limits, shareTouched: 0 };
    const wide = [weight("blue", ["catalog-0"], { weight: 300 }), weight("green", ["catalog-1"])];
    const traffic = withScaledShares(routed(0), "catalog", ["catalog-0"], 0.2);
    const change = { ...inForce(20, long), from: 300 };
    const { changes } = weighed({ weights: wide, applied: [change], limits }, traffic);
    expect(changes.map((c) => `${c.from} ${c.to}`)).toEqual(["300 160"]);
  });

  test.each<[string, string | undefined, Partial<PlanInput>, readonly string[]]>([
    [
      "stays for the hold time after it was last needed",
      "2026-01-01T00:00:01.000Z",
      {},
      ["100 20 2026-01-01T00:00:01.000Z"],
    ],
    ["and not longer", "2026-01-01T00:00:00.000Z", {}, []],
    ["stays in its service's cool-down", long, { lastChangedAt: { catalog: now - 60 } }, [`100 20 ${long}`]],
  ])("%s", (_title, neededAt, more, expected) => {
    expect(planned(0, 20, neededAt, more)).toEqual(expected);
  });

  test("is no change any more where the program writes it", () => {
    const weights = [weight("blue", ["catalog-0"], { weight: 20 }), weight("green", ["catalog-1"])];
    expect(planned(0.12, 20, long, { weights })).toEqual([]);
  });
});
