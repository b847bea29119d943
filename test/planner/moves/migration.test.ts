import { describe, expect, test } from "vitest";
import type { Inventory, InventoryService, Topology } from "../../../graph/types.js";
import { type PlanInput, plan } from "../../../planner/plan.js";
import type { RefusalReason, Target } from "../../../planner/types.js";
import { input, now, shop, target } from "../example.js";

/** Two catalogs on a host that often fails, and one that does not in another zone. */
const endangered = (): Topology =>
  shop((json) => {
    json.domains = [
      { kind: "host", id: "bad", prior: 0.3 },
      { kind: "host", id: "good", prior: 0.001 },
    ];
    json.nodes = [
      { id: "catalog-0", service: "catalog", host: "bad", zone: "a", prior: 0.01 },
      { id: "frontend-0", service: "frontend", host: "good", zone: "b", prior: 0.01 },
    ];
    json.links = [{ source: "frontend-0", target: "catalog-0", share: 1, coupling: 0.01 }];
  });

const stock = (service: Partial<InventoryService> = {}, more: Partial<Inventory> = {}): Inventory => ({
  instances: [
    { id: "catalog-0", service: "catalog", addresses: [], cpu: 2, memory: 2 ** 30, namespace: "shop", uid: "u-0" },
  ],
  services: [{ id: "catalog", addresses: [], ...service }],
  domains: [
    { kind: "host", id: "bad", zone: "a", cpu: 4, memory: 2 ** 33 },
    { kind: "host", id: "good", zone: "b", cpu: 4, memory: 2 ** 33 },
  ],
  ...more,
});

const planned = (inventory: Inventory, of: Partial<Target> = {}, more: Partial<PlanInput> = {}) =>
  plan(
    input(endangered(), {
      inventory,
      targets: [target("catalog", 1, of), target("frontend", 1)],
      simulation: { worlds: 2000, seed: 1 },
      ...more,
    }),
  );

test("an instance on a failing host moves to a healthy one, by pod and by zone, and the verdict counts on it", () => {
  const decision = planned(stock());
  expect(decision.changes).toMatchObject([
    {
      kind: "migration",
      service: "catalog",
      instance: "catalog-0",
      target: { type: "kubernetes:apps/v1:Deployment", name: "catalog" },
      from: "bad",
      to: "good",
      fromZone: "a",
      toZone: "b",
      namespace: "shop",
      uid: "u-0",
      path: ["host/bad", "catalog-0"],
    },
  ]);
  expect(decision.verdicts[0]).toMatchObject({ service: "catalog", asWritten: "fail", withChanges: "pass" });
});

test("its target is the workload where an autoscaler owns the count", () => {
  const workload = { type: "kubernetes:apps/v1:Deployment", name: "catalog-deployment" };
  const autoscaler = { type: "kubernetes:autoscaling/v2:HorizontalPodAutoscaler", name: "catalog-hpa" };
  const [change] = planned(stock(), { ...autoscaler, workload }).changes;
  expect(change?.target).toEqual(workload);
});

describe("a migration is refused", () => {
  const limits = input(endangered()).limits;
  const group = { type: "aws:autoscaling/group:Group" };
  test.each<[string, RefusalReason, Inventory, Partial<Target>, Partial<PlanInput>]>([
    ["where the service may have no instance more for a time", "maxSurge", stock({ maxSurge: 0 }), {}, {}],
    ["where the group is at its maximum", "maxSurge", stock(), { ...group, most: 1 }, {}],
    [
      "where its budget would not let it go even then",
      "disruptionBudget",
      stock({ disruptionBudget: { minAvailable: 2 } }),
      {},
      {},
    ],
    [
      "where the replacement would be over the quota",
      "quota",
      stock({}, { quotas: [{ namespace: "shop", pods: 0 }] }),
      {},
      {},
    ],
    ["where it may run nowhere else", "notSchedulable", stock({ nodeSelector: { disk: "ssd" } }), {}, {}],
    [
      "where there is no room beside the others",
      "noRoom",
      stock({}, { domains: [{ kind: "host", id: "good", zone: "b", cpu: 1 }] }),
      {},
      {},
    ],
    [
      "back to where one was moved away from",
      "coolDown",
      stock(),
      {},
      {
        leftHosts: [{ service: "catalog", host: "good", at: now - 3600 }],
      },
    ],
    [
      "past the migrations of an hour",
      "migrationsPerHour",
      stock(),
      {},
      {
        limits: { ...limits, migrationsPerHour: 1, recentMigrations: [now - 60] },
      },
    ],
    ["of a quorum", "identityBound", stock(), { hold: { reason: "identityBound", detail: "StatefulSet" } }, {}],
    ["of what opted out", "optedOut", stock(), { hold: { reason: "optedOut", detail: "annotation" } }, {}],
    [
      "under the kill switch of its namespace",
      "killSwitch",
      stock(),
      { hold: { reason: "killSwitch", detail: "annotation" } },
      {},
    ],
    [
      "in a recurring freeze",
      "freeze",
      stock(),
      {},
      { limits: { ...limits, freeze: [{ cron: "0 12 * * 4", for: 60 }] } },
    ],
  ])("%s: %s", (_title, reason, inventory, of, more) => {
    const decision = planned(inventory, of, more);
    expect(decision.changes.filter((c) => c.kind === "migration")).toEqual([]);
    const refused = decision.refusals.filter((r) => r.kind === "migration");
    expect(refused.map((r) => [r.instance, r.from, r.reason])).toEqual([["catalog-0", "bad", reason]]);
  });
});

test("a budget that lets nothing go lets one go once another is ready", () => {
  const decision = planned(stock({ disruptionBudget: { minAvailable: 1 }, maxSurge: 1 }));
  expect(decision.changes).toMatchObject([{ kind: "migration", instance: "catalog-0" }]);
});

test("of a service at most the share moves at once that the limits allow", () => {
  const topology = shop((json) => {
    json.domains = [
      { kind: "host", id: "bad", prior: 0.3 },
      { kind: "host", id: "good", prior: 0.001 },
    ];
    json.nodes = [0, 1, 2, 3].map((i) => ({ id: `catalog-${i}`, service: "catalog", host: "bad", prior: 0.01 }));
    json.nodes.push({ id: "frontend-0", service: "frontend", host: "good", prior: 0.01 });
    json.links = [0, 1, 2, 3].map((i) => ({
      source: "frontend-0",
      target: `catalog-${i}`,
      share: 0.25,
      coupling: 0.01,
    }));
  });
  const decided = (shareTouched: number) =>
    plan(
      input(topology, {
        simulation: { worlds: 1000, seed: 1 },
        limits: { ...input(topology).limits, migrationsPerHour: 9, shareTouched },
      }),
    );
  const counts = (share: number) => decided(share).changes.filter((c) => c.kind === "migration").length;
  expect(counts(0.5)).toBe(2);
  expect(counts(0)).toBe(1);
  expect(decided(0).refusals.map((r) => r.reason)).toContain("shareTouched");
});
