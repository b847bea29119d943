import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readTopology } from "../../graph/topology.js";
import type { Inventory, Topology } from "../../graph/types.js";
import { plan } from "../../planner/plan.js";
import { replicasOf, withoutReplica, withReplica } from "../../planner/replicaSet.js";
import { findPlace } from "../../planner/room.js";
import { simulation } from "../../planner/simulation.js";
import type { Decision, RefusalReason } from "../../planner/types.js";
import { marginalRisks } from "../../simulator/simulate.js";
import { topologies } from "./arbitrary.js";
import { input, loaded, now, shop, target } from "./example.js";

const options = { worlds: 2000, seed: 7 };

const verdicts = (decision: Decision) => decision.verdicts.map((v) => `${v.service} ${v.asWritten} ${v.withChanges}`);

/** Criticality-weighted excess; of the failed worlds by a fixed `scale` where one is given. */
function excess(topology: Topology, scale?: number): number {
  const { risks, failures } = simulation.sample(topology, options);
  const risk = (id: string) => (scale === undefined ? (risks.get(id)?.risk ?? 0) : (failures.get(id) ?? 0) * scale);
  return topology.nodes.reduce((sum, n) => sum + Math.max(0, risk(n.id) - 0.05) * n.criticality, 0);
}

/** The topology that a decision's replicas and slots lead to, by the moves' own rules, service by service. */
function withDecision(topology: Topology, decision: Decision): Topology {
  let result = topology;
  for (const change of decision.changes) {
    if (change.kind === "replicas") {
      for (let n = change.from; n < change.to; n++) result = oneMore(result, change.service);
    }
    if (change.kind === "reservation") result = reserve(result, change.service, change.to * change.slot.capacity);
  }
  return result;
}

function reserve(topology: Topology, service: string, reserved: number): Topology {
  return { ...topology, services: topology.services.map((s) => (s.id === service ? { ...s, reserved } : s)) };
}

function oneMore(topology: Topology, service: string): Topology {
  const found = findPlace(topology, service, { threshold: 0.05 });
  return withReplica(topology, service, "place" in found ? found.place : {});
}

/** A node on a host that often fails, beside one that does not. */
const onBadHost = (room?: Partial<Inventory["domains"][number]>) => {
  const topology = shop((json) => {
    json.domains = [
      { kind: "host", id: "bad", prior: 0.3 },
      { kind: "host", id: "good", prior: 0.001 },
    ];
    json.nodes = [
      { id: "catalog-0", service: "catalog", host: "bad", prior: 0.01 },
      { id: "frontend-0", service: "frontend", host: "good", prior: 0.01 },
    ];
    json.links = [{ source: "frontend-0", target: "catalog-0", share: 1, coupling: 0.01 }];
  });
  const domains = room ? [{ kind: "host" as const, id: "good", ...room }] : [];
  return input(topology, { inventory: { instances: [], services: [], domains } });
};

describe("replicas", () => {
  test("a frontend endangered by a single catalog gets one more catalog", () => {
    const decision = plan(input(shop()));
    expect(decision.changes).toMatchObject([
      {
        kind: "replicas",
        service: "catalog",
        from: 1,
        to: 2,
        costPerDay: 24 * 0.045,
        path: ["catalog-0", "frontend-1"],
        expiresAt: "2026-01-01T12:30:00.000Z",
      },
    ]);
    expect(verdicts(decision)).toEqual(["catalog pass pass", "frontend fail pass"]);
    expect(decision.refusals).toEqual([]);
    expect(decision.instances.find((i) => i.id === "catalog+1")).toMatchObject({ added: true, before: { risk: 0 } });
  });

  test("nothing over the threshold means no changes", () => {
    const decision = plan(input(shop(), { threshold: 0.2 }));
    expect(decision.changes).toEqual([]);
    expect(verdicts(decision)).toEqual(["catalog pass pass", "frontend pass pass"]);
  });

  test("a threshold of overload that takes two replicas gets both at once", () => {
    const decision = plan(input(loaded(25)));
    expect(decision.changes).toMatchObject([{ service: "catalog", from: 2, to: 5 }]);
    expect(verdicts(decision)).toEqual(["catalog fail pass", "frontend fail pass"]);
  });

  test("what no replica can mend gets no replica, and the verdict says so", () => {
    const hopeless = shop((json) => {
      json.nodes.push({ id: "frontend-2", service: "frontend", prior: 0.4 });
      json.links.push({ source: "frontend-2", target: "catalog-0", share: 1, coupling: 0, failover: 0 });
    });
    const decision = plan(input(hopeless));
    expect(decision.changes).toMatchObject([{ service: "catalog", to: 2 }]);
    const frontend = decision.verdicts.find((v) => v.service === "frontend");
    expect(frontend).toMatchObject({ asWritten: "fail", withChanges: "fail" });
    expect(frontend?.reason).toContain("frontend-2 is at 0.4");
    expect(frontend?.reason).toContain("frontend-2 fails");
  });

  test.each<[RefusalReason, Parameters<typeof input>[1]]>([
    ["killSwitch", { limits: { ...input(shop()).limits, killSwitch: true } }],
    ["freeze", { limits: { ...input(shop()).limits, freeze: [{ from: now, to: now + 60 }] } }],
    ["costPerDay", { limits: { ...input(shop()).limits, costPerDay: 0.5 } }],
    ["maxReplicas", { limits: { ...input(shop()).limits, maxReplicas: 1 } }],
    ["changesPerRun", { limits: { ...input(shop()).limits, changesPerRun: 0 } }],
    ["coolDown", { lastChangedAt: { catalog: now - 5 } }],
    ["noTarget", { targets: [target("frontend", 2)] }],
    [
      "ownedByOther",
      {
        targets: [
          target("catalog", 1, { hold: { reason: "ownedByOther", detail: "owned by hpa" } }),
          target("frontend", 2),
        ],
      },
    ],
    [
      "noRoom",
      {
        inventory: {
          instances: [{ id: "catalog-0", service: "catalog", addresses: [], cpu: 2 }],
          services: [],
          domains: [{ kind: "host", id: "h", zone: "b", cpu: 1 }],
        },
      },
    ],
    [
      "noHealthyZone",
      { inventory: { instances: [], services: [], domains: [{ kind: "host", id: "h", zone: "b", prior: 0.5 }] } },
    ],
  ])("a change that meets %s is refused by that name, in refusal and verdict", (reason, more) => {
    const decision = plan(input(shop(), more));
    expect(decision.changes).toEqual([]);
    expect(
      decision.refusals.filter((r) => r.service === "catalog").map((r) => [r.kind, r.from, r.to, r.reason]),
    ).toEqual([["replicas", 1, 2, reason]]);
    expect(decision.verdicts.find((v) => v.service === "frontend")).toMatchObject({
      withChanges: "fail",
      reason: expect.stringContaining(`replicas of catalog (${reason})`),
    });
  });
});

describe("migration", () => {
  test("an instance on a failing host is to move, and the verdict counts on it", () => {
    const decision = plan(onBadHost());
    expect(decision.changes).toMatchObject([{ kind: "migration", instance: "catalog-0", from: "bad", to: "good" }]);
    const catalog = decision.verdicts.find((v) => v.service === "catalog");
    expect(catalog).toMatchObject({ asWritten: "fail", withChanges: "pass" });
  });

  test("migrations of the last hour use up the budget", () => {
    const base = onBadHost();
    const limits = { ...base.limits, migrationsPerHour: 1, recentMigrations: [now - 60] };
    const decision = plan({ ...base, limits });
    expect(decision.changes).toEqual([]);
    expect(decision.refusals.map((r) => r.reason)).toContain("migrationsPerHour");
  });
});

describe("unknown", () => {
  test("a resource without traffic, a service without links and load, a count that cannot be known", () => {
    const quiet = shop((json) => {
      json.services.push({ id: "cron" });
      json.nodes.push({ id: "cron-0", service: "cron", prior: 0 });
    });
    const hold = { reason: "unknownValue" as const, detail: "replicas is an unresolved output" };
    const targets = [target("frontend", 2), target("catalog", null, { hold }), target("cron"), target("new")];
    expect(verdicts(plan(input(quiet, { targets, threshold: 0.2 })))).toEqual([
      "catalog unknown unknown",
      "cron unknown unknown",
      "frontend pass pass",
      "new unknown unknown",
    ]);
  });
});

describe("for random small topologies", () => {
  test("a plan is deterministic, whatever the order of listing", () => {
    fc.assert(
      fc.property(topologies, (topology) => {
        const one = input(topology, { simulation: options });
        const reversed = {
          ...one,
          targets: [...one.targets].reverse(),
          topology: {
            ...topology,
            services: [...topology.services].reverse(),
            nodes: [...topology.nodes].reverse(),
            links: [...topology.links].reverse(),
          },
        };
        expect(plan(reversed)).toEqual(plan(one));
      }),
      { numRuns: 25 },
    );
  });

  test("a plan never raises the excess, needs every change it has, and says what is so without each", () => {
    fc.assert(
      fc.property(topologies, (topology) => {
        const decision = plan(input(topology, { simulation: options }));
        const planned = withDecision(topology, decision);
        const after = marginalRisks(planned, options);
        for (const { id, after: said } of decision.instances) expect(said).toEqual(after.get(id));
        expect(excess(planned)).toBeLessThanOrEqual(excess(topology) + 1e-12);
        for (const change of decision.changes) {
          const before = simulation.sample(planned, options).failures;
          let less = planned;
          if (change.kind === "reservation") less = reserve(less, change.service, 0);
          else {
            for (let n = replicasOf(less, change.service).length; n > Number(change.from); n--)
              less = withoutReplica(less, change.service);
          }
          const without = simulation.sample(less, options);
          expect(change.riskWithout).toBe(Math.max(...[...without.risks.values()].map((r) => r.risk)));
          expect(less.nodes.some((n) => (without.failures.get(n.id) ?? 0) > (before.get(n.id) ?? 0))).toBe(true);
        }
      }),
      { numRuns: 12 },
    );
  });

  test("a replica that helps nobody is no change, though its presence moves an estimate under the threshold", () => {
    const topology = readTopology({
      directed: true,
      nodes: [
        { id: "s0-0", service: "s0", zone: "a", capacity: 6, prior: 0.03 },
        { id: "s0-1", service: "s0", zone: "b", capacity: 6, prior: 0.03 },
        { id: "s1-0", service: "s1", zone: "a", capacity: 6, prior: 0.045 },
      ],
      links: ["s0-0", "s0-1"].map((source) => ({ source, target: "s1-0", share: 1, coupling: 0.9, failover: 1 })),
    });
    const { changes } = plan(input(topology, { simulation: options }));
    expect(changes).toMatchObject([{ kind: "replicas", service: "s1", from: 1, to: 2 }]);
  });

  test("no plan misses the threshold where up to three more replicas reach it", () => {
    const found = { reachable: 0, reached: 0, dearer: 0 };
    for (const topology of fc.sample(topologies, { numRuns: 300, seed: 42 })) {
      if (excess(topology) === 0) continue;
      const services = topology.services.map((s) => s.id);
      const best = smallestSet(topology, services);
      if (best === null) continue;
      found.reachable++;
      const decision = plan(input(topology, { simulation: options }));
      const added = decision.changes.reduce((sum, c) => sum + (c.kind === "replicas" ? c.to - c.from : 0), 0);
      if (excess(withDecision(topology, decision)) === 0) found.reached++;
      if (added > best) found.dearer++;
    }
    console.log(`brute force: ${JSON.stringify(found)}`);
    expect(found.reachable).toBeGreaterThan(5);
    expect(found.reached).toBe(found.reachable);
  });
});

/**
 * Size of the smallest set of up to three replicas that leaves no excess, in canonical order; null without one. A set
 * must reach it by the scale of the start too: an unrelated replica shifts every estimate a little, which is no merit.
 */
function smallestSet(topology: Topology, services: readonly string[]): number | null {
  const { scale } = simulation.sample(topology, options);
  let sets: { from: number; topology: Topology }[] = [{ from: 0, topology }];
  for (let size = 1; size <= 3; size++) {
    sets = sets.flatMap((set) =>
      services.slice(set.from).map((service, i) => ({ from: set.from + i, topology: oneMore(set.topology, service) })),
    );
    if (sets.some((set) => excess(set.topology) === 0 && excess(set.topology, scale) === 0)) return size;
  }
  return null;
}
