import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { reservation } from "../../../planner/moves/reservation.js";
import { type PlanInput, plan } from "../../../planner/plan.js";
import { simulation } from "../../../planner/simulation.js";
import { slotsIn, slotsOf, withSlots } from "../../../planner/slots.js";
import type { RefusalReason, ReservationChange, Target } from "../../../planner/types.js";
import { topologies } from "../arbitrary.js";
import { input, loaded, now, shop, target } from "../example.js";

/** Two catalogs, a zone each, of which one alone cannot carry the load. */
const zoned = (load = 9) => loaded(load, { zones: ["a", "b"] });

const inventory = {
  instances: [0, 1].map((i) => ({ id: `catalog-${i}`, service: "catalog", addresses: [], cpu: 2, memory: 2 ** 31 })),
  services: [],
  domains: [],
};
const scaled: Target["hold"] = { reason: "ownedByOther", detail: "an autoscaler owns spec.replicas" };

/** A plan where the count is not ours to change, so that room is what is left. */
const reserved = (more: Partial<PlanInput> = {}, of: Partial<Target> = {}, topology = zoned()) =>
  plan(
    input(topology, {
      inventory,
      targets: [target("catalog", 2, { hold: scaled, ...of }), target("frontend", 1)],
      ...more,
    }),
  );

const inForce = (to: number, neededAt?: string): ReservationChange => ({
  kind: "reservation",
  service: "catalog",
  target: { type: "kubernetes:apps/v1:Deployment", name: "firebreak-reserve-catalog" },
  from: 0,
  to,
  slot: { cpu: 2, memory: 2 ** 31, capacity: 8, zones: ["a", "b"] },
  reason: "was needed",
  path: [],
  owner: null,
  riskWithout: 0.1,
  costPerDay: 1,
  expiresAt: "2025-12-31T00:00:00.000Z",
  ...(neededAt !== undefined && { neededAt }),
});

describe("a plan", () => {
  test("keeps room of a replica's size where the count is not ours, at a replica's price", () => {
    const decision = reserved();
    expect(decision.changes).toMatchObject([
      {
        kind: "reservation",
        service: "catalog",
        target: { type: "kubernetes:apps/v1:Deployment", name: "firebreak-reserve-catalog" },
        from: 0,
        to: 1,
        slot: { cpu: 2, memory: 2 ** 31, capacity: 8, zones: ["a", "b"] },
        costPerDay: 24 * 0.09,
        neededAt: "2026-01-01T12:00:00.000Z",
      },
    ]);
    expect(decision.changes[0]?.riskWithout).toBeGreaterThan(0.05);
    expect(decision.verdicts.map((v) => `${v.service} ${v.asWritten} ${v.withChanges}`)).toEqual([
      "catalog fail pass",
      "frontend fail pass",
    ]);
  });

  test("pays the part of a replica's price that the configuration says", () => {
    const costs = { cpuHour: 0.04, memoryGiBHour: 0.005, migration: 0.5, reservedShare: 0.25 };
    expect(reserved({ costs }).changes[0]?.costPerDay).toBeCloseTo(6 * 0.09, 12);
  });

  test("reserves machines of the service's own on AWS", () => {
    const machine = { instanceType: "m7g.large", platform: "Linux/UNIX" };
    const { changes } = reserved({}, { type: "aws:autoscaling/group:Group", machine });
    expect(changes).toMatchObject([
      { target: { type: "aws:ec2/capacityReservation:CapacityReservation" }, slot: { machine } },
    ]);
  });

  test.each<[RefusalReason, Partial<PlanInput>, Partial<Target>]>([
    ["notSupported", {}, { type: "aws:ecs/service:Service" }],
    ["optedOut", {}, { hold: { reason: "optedOut", detail: "carries an annotation" } }],
    ["killSwitch", {}, { hold: { reason: "killSwitch", detail: "its namespace carries an annotation" } }],
    ["coolDown", { lastChangedAt: { catalog: now - 60 } }, {}],
    ["maxReplicas", { limits: { ...input(zoned()).limits, maxReservedSlots: 0 } }, {}],
    ["costPerDay", { limits: { ...input(zoned()).limits, costPerDay: 1 } }, {}],
    [
      "notSupported",
      { inventory: { ...inventory, services: [{ id: "catalog", addresses: [], nodeSelector: { disk: "ssd" } }] } },
      {},
    ],
    ["noRoom", { inventory: { ...inventory, domains: [{ kind: "host", id: "h", zone: "b", cpu: 1 }] } }, {}],
    ["quota", { inventory: { ...inventory, quotas: [{ namespace: "firebreak-reservations", cpu: 1 }] } }, {}],
  ])("that meets %s reserves nothing, and says so", (reason, more, of) => {
    const decision = reserved(more, of);
    expect(decision.changes).toEqual([]);
    const refused = decision.refusals.filter((r) => r.kind === "reservation" && r.service === "catalog");
    expect(refused.map((r) => [r.from, r.to, r.reason])).toEqual([[0, 1, reason]]);
  });

  test("proposes none for a service without a load", () => {
    const focus = { services: new Set(["catalog", "frontend"]), paths: [] };
    const topology = shop();
    const slots = slotsOf(topology, new Map(), [], { threshold: 0.05 });
    const costs = input(topology).costs;
    expect(reservation.propose(topology, focus, { ground: { threshold: 0.05, slots }, costs })).toEqual([]);
  });
});

test("one more slot never makes an instance fail in a world where it did not", () => {
  const options = { worlds: 1000, seed: 3 };
  fc.assert(
    fc.property(topologies, fc.nat(), fc.integer({ min: 1, max: 3 }), (topology, pick, count) => {
      const ground = { threshold: 0.05 };
      const all = [...slotsOf(topology, new Map(), [], ground).values()];
      const slots = all[pick % all.length];
      fc.pre(slots !== undefined);
      const before = simulation.sample(topology, options).failures;
      const after = simulation.sample(withSlots(topology, slots, count), options).failures;
      for (const [id, failures] of after) expect(failures).toBeLessThanOrEqual(before.get(id) ?? 0);
    }),
    { numRuns: 60 },
  );
});

test("the number of slots can be read back from a topology, also of those that are worth less by now", () => {
  fc.assert(
    fc.property(fc.nat(5), fc.nat(8), fc.constantFrom(["a", "b"], ["a", "gone"], []), (held, count, zones) => {
      const change = { ...inForce(held), slot: { ...inForce(held).slot, zones } };
      const slots = slotsOf(zoned(), new Map(), [change], { threshold: 0.05 }).get("catalog");
      fc.pre(slots !== undefined);
      expect(slotsIn(withSlots(zoned(), slots, count), slots)).toBe(count);
    }),
  );
});

describe("slots in force", () => {
  const long = "2025-12-31T12:00:00.000Z";
  const counts = (decision: ReturnType<typeof reserved>) =>
    decision.changes.map((c) => `${c.from} ${c.to} ${c.neededAt}`);

  test("are kept while they are needed", () => {
    const decision = reserved({ applied: [inForce(1, long)] });
    expect(counts(decision)).toEqual(["0 1 2026-01-01T12:00:00.000Z"]);
    expect(decision.instances.every((i) => i.before.risk <= 0.05)).toBe(true);
  });

  test("step down by one a plan where nothing needs them", () => {
    expect(counts(reserved({ applied: [inForce(3, long)] }, {}, zoned(7)))).toEqual([`0 2 ${long}`]);
    expect(counts(reserved({ applied: [inForce(1, long)] }, {}, zoned(7)))).toEqual([]);
  });

  test("stay for the hold time after they were last needed, and the refusal says so", () => {
    const recent = "2026-01-01T11:00:00.000Z";
    const decision = reserved({ applied: [inForce(2, recent)] }, {}, zoned(7));
    expect(counts(decision)).toEqual([`0 2 ${recent}`]);
    expect(decision.refusals).toMatchObject([{ kind: "reservation", from: 2, to: 1, reason: "coolDown" }]);
  });

  test("of a service that is gone from stack and traffic step down too", () => {
    const gone = plan(input(shop(), { applied: [{ ...inForce(2, long), service: "old" }] }));
    expect(gone.changes.filter((c) => c.service === "old")).toMatchObject([{ to: 1 }]);
  });

  test("of a service that shows no traffic but is in the stack are carried on as they are", () => {
    const targets = [target("catalog"), target("frontend", 2), target("quiet")];
    const quiet = plan(input(shop(), { targets, applied: [{ ...inForce(2, long), service: "quiet" }] }));
    expect(quiet.changes.filter((c) => c.service === "quiet")).toMatchObject([{ to: 2, neededAt: long }]);
  });
});
