import { describe, expect, test } from "vitest";
import type { Inventory, InventoryDomain, InventoryService, Topology } from "../../graph/types.js";
import type { Ground } from "../../planner/ground.js";
import { occupancyOf } from "../../planner/occupancy.js";
import { withInstanceAt, withReplica } from "../../planner/replicaSet.js";
import { accepted, findPlace } from "../../planner/room.js";
import { slotsOf, withSlots } from "../../planner/slots.js";
import type { Change } from "../../planner/types.js";
import { shop, target } from "./example.js";

const gib = 2 ** 30;

describe("the place of a new replica", () => {
  const zones = (priors: Record<string, number>) =>
    shop((json) => {
      json.domains = Object.entries(priors).map(([id, prior]) => ({ kind: "zone", id, prior }));
    });
  const inventory = (hosts: Inventory["domains"], cpu?: number): Inventory => ({
    instances: [{ id: "catalog-0", service: "catalog", addresses: [], cpu, memory: 2 ** 30 }],
    services: [],
    domains: hosts,
  });
  const host = (id: string, zone: string, cpu?: number, prior = 0) => ({ kind: "host" as const, id, zone, cpu, prior });

  test.each([
    ["the healthy zone with the fewest replicas", zones({ a: 0, b: 0.01 }), undefined, { place: { zone: "b" } }],
    ["no zone that fails more often than the threshold", zones({ a: 0, b: 0.2 }), undefined, { place: { zone: "a" } }],
    ["nowhere where no zone is healthy", zones({ a: 0.2, b: 0.2 }), undefined, { refused: "noHealthyZone" }],
    [
      "the host with the most room",
      shop(),
      inventory([host("h1", "b", 4), host("h2", "b", 8)], 1),
      { place: { host: "h2", zone: "b" } },
    ],
    [
      "a host of another zone where the first has no room",
      shop(),
      inventory([host("h1", "b", 1), host("h2", "a", 8)], 2),
      { place: { host: "h2", zone: "a" } },
    ],
    ["no host where none has room", shop(), inventory([host("h1", "b", 1)], 2), { refused: "noRoom" }],
    [
      "no host of unknown room where another's is known",
      shop(),
      inventory([host("h1", "b"), host("h2", "a", 8)], 2),
      { place: { host: "h2", zone: "a" } },
    ],
    [
      "any host where no room is known",
      shop(),
      inventory([host("h1", "b"), host("h2", "c")], 2),
      { place: { host: "h1", zone: "b" } },
    ],
    [
      "no host that fails more often than the threshold",
      shop(),
      inventory([host("h1", "b", 8, 0.3)], 2),
      { refused: "noHealthyZone" },
    ],
  ])("is %s", (_title, topology, stock, expected) => {
    const found = findPlace(topology, "catalog", { inventory: stock, threshold: 0.05 });
    expect("refused" in found ? { refused: found.refused.reason } : found).toEqual(expected);
  });
});

/** One catalog of 2 cores, 1 GiB and 100 Mbit/s on host `old`, and the hosts given. */
function room(domains: readonly Partial<InventoryDomain>[], more: Partial<Inventory> = {}, service = {}) {
  const topology = shop((json) => {
    json.nodes = [
      { id: "catalog-0", service: "catalog", host: "old", zone: "a", prior: 0.01, capacity: 8 },
      { id: "frontend-0", service: "frontend", prior: 0 },
    ];
    json.services = [{ id: "catalog", load: 12 }, { id: "frontend" }];
    json.links = [{ source: "frontend-0", target: "catalog-0", share: 1, coupling: 1 }];
  });
  const inventory: Inventory = {
    instances: [
      { id: "catalog-0", service: "catalog", addresses: [], cpu: 2, memory: gib, bandwidth: 1e8, namespace: "shop" },
    ],
    services: [{ id: "catalog", addresses: [], ...service } as InventoryService],
    domains: domains.map((d) => ({ kind: "host", id: "new", zone: "b", ...d }) as InventoryDomain),
    ...more,
  };
  const standing = new Map([
    ["catalog-0", { host: "old", zone: "a" }],
    ["frontend-0", {}],
  ]);
  const bare: Ground = { inventory, threshold: 0.05, standing, namespaces: new Map([["catalog", "shop"]]) };
  const slots = slotsOf(topology, new Map([["catalog", target("catalog")]]), [], bare);
  return { topology, ground: { ...bare, slots } };
}

const where = ({ topology, ground }: ReturnType<typeof room>) => {
  const found = findPlace(topology, "catalog", ground, { instance: "catalog-0", host: "old" });
  return "refused" in found ? found.refused.reason : (found.place.host ?? found.place.zone ?? "nowhere");
};

describe("one more replica of 2 cores, 1 GiB and 100 Mbit/s", () => {
  const big = { cpu: 4, memory: 4 * gib, bandwidth: 1e9 };
  test.each<[string, Parameters<typeof room>, string]>([
    ["goes where all three fit", [[big]], "new"],
    ["goes where they fit exactly", [[{ cpu: 2, memory: gib, bandwidth: 1e8 }]], "new"],
    ["needs the cores", [[{ ...big, cpu: 1.9 }]], "noRoom"],
    ["needs the memory", [[{ ...big, memory: 0.9 * gib }]], "noRoom"],
    ["needs the bandwidth", [[{ ...big, bandwidth: 0.9e8 }]], "noRoom"],
    ["needs the zone's cores", [[big, { kind: "zone", id: "b", zone: undefined, cpu: 1 }]], "noRoom"],
    ["needs the zone's bandwidth", [[big, { kind: "zone", id: "b", zone: undefined, bandwidth: 1e7 }]], "noRoom"],
    ["goes where its zone has as much", [[big, { kind: "zone", id: "b", zone: undefined, cpu: 2 }]], "new"],
    ["goes to no cordoned host", [[{ ...big, unschedulable: true }]], "notSchedulable"],
    ["goes to no tainted host", [[{ ...big, taints: [{ key: "gpu", effect: "NoSchedule" }] }]], "notSchedulable"],
    [
      "goes to a tainted host that it tolerates",
      [
        [{ ...big, taints: [{ key: "gpu", value: "a", effect: "NoSchedule" }] }],
        {},
        { tolerations: [{ key: "gpu", value: "a" }] },
      ],
      "new",
    ],
    [
      "not where it tolerates another value",
      [
        [{ ...big, taints: [{ key: "gpu", value: "a", effect: "NoSchedule" }] }],
        {},
        { tolerations: [{ key: "gpu", value: "b" }] },
      ],
      "notSchedulable",
    ],
    [
      "not where it tolerates another effect",
      [
        [{ ...big, taints: [{ key: "gpu", effect: "NoExecute" }] }],
        {},
        { tolerations: [{ key: "gpu", operator: "Exists", effect: "NoSchedule" }] },
      ],
      "notSchedulable",
    ],
    [
      "that tolerates everything goes anywhere",
      [[{ ...big, unschedulable: true }], {}, { tolerations: [{ operator: "Exists" }] }],
      "new",
    ],
    [
      "goes where its selector holds",
      [[{ ...big, labels: { disk: "ssd" } }], {}, { nodeSelector: { disk: "ssd" } }],
      "new",
    ],
    [
      "not where it does not",
      [[{ ...big, labels: { disk: "hdd" } }], {}, { nodeSelector: { disk: "ssd" } }],
      "notSchedulable",
    ],
    ["not where the labels are unknown", [[big], {}, { nodeSelector: { disk: "ssd" } }], "notSchedulable"],
    [
      "goes where one of its affinity's terms holds",
      [
        [{ ...big, labels: { cores: "8" } }],
        {},
        {
          nodeAffinity: [
            [{ key: "cores", operator: "Gt", values: ["16"] }],
            [{ key: "cores", operator: "Lt", values: ["9"] }],
          ],
        },
      ],
      "new",
    ],
    [
      "not where of each term something does not",
      [
        [{ ...big, labels: { cores: "8" } }],
        {},
        {
          nodeAffinity: [
            [
              { key: "cores", operator: "Exists" },
              { key: "disk", operator: "In", values: ["ssd"] },
            ],
          ],
        },
      ],
      "notSchedulable",
    ],
    [
      "not where an empty term is all there is",
      [[{ ...big, labels: {} }], {}, { nodeAffinity: [[]] }],
      "notSchedulable",
    ],
    [
      "goes to a host named by a field",
      [[{ ...big, labels: {} }], {}, { nodeAffinity: [[{ key: "metadata.name", operator: "In", values: ["new"] }]] }],
      "new",
    ],
    ["not into a zone it must not share", [[{ ...big, zone: "a" }], {}, { apart: "zone" }], "notSchedulable"],
    [
      "onto another host of the zone where it must share no host",
      [[{ ...big, zone: "a" }], {}, { apart: "host" }],
      "new",
    ],
  ])("%s", (_title, args, expected) => {
    expect(where(room(...args))).toBe(expected);
  });

  test("does not go back to where one was moved away from of late", () => {
    const { topology, ground } = room([big]);
    expect(where({ topology, ground: { ...ground, left: new Map([["catalog", new Set(["new"])]]) } as never })).toBe(
      "coolDown",
    );
  });
});

describe("while both exist", () => {
  const hosts = [
    { id: "old", zone: "a", cpu: 2, memory: gib },
    { id: "new", zone: "b", cpu: 2, memory: gib },
  ];

  test("an instance that moves takes room in both places", () => {
    const { topology, ground } = room(hosts);
    const moved = withInstanceAt(topology, "catalog-0", { host: "new", zone: "b" });
    const left = (t: Topology) => occupancyOf(t, ground).hosts.map((h) => `${h.id} ${h.left?.cpu}`);
    expect(left(topology)).toEqual(["new 2", "old 0"]);
    expect(left(moved)).toEqual(["new 0", "old 0"]);
    const found = findPlace(moved, "catalog", ground);
    expect("refused" in found && found.refused.reason).toBe("noRoom");
  });

  test("its replacement counts for the quota, as every replica more and every slot does", () => {
    const { topology, ground } = room([{ ...hosts[1], cpu: 8, memory: 8 * gib }], {
      quotas: [
        { namespace: "shop", pods: 1, cpu: 3 },
        { namespace: "firebreak-reservations", memory: 1.5 * gib },
      ],
    });
    const judge = (after: Topology) => {
      const found = accepted(topology, after, ground);
      return "reason" in found ? `${found.reason}: ${found.detail}` : "accepted";
    };
    const moved = withInstanceAt(topology, "catalog-0", { host: "new", zone: "b" });
    const slots = ground.slots.get("catalog");
    if (!slots) throw new Error("catalog has a load");
    expect(judge(moved)).toBe("accepted");
    expect(judge(withReplica(topology, "catalog", { host: "new" }))).toBe("accepted");
    expect(judge(withReplica(moved, "catalog", { host: "new" }))).toBe(
      "quota: the quota of namespace shop leaves 3 cores, and this takes 4 cores",
    );
    expect(judge(withSlots(topology, slots, 1))).toBe("accepted");
    expect(judge(withSlots(topology, slots, 2))).toContain("quota: the quota of namespace firebreak-reservations");
  });
});

describe("reserved slots", () => {
  const free = { id: "new", zone: "b", cpu: 4, memory: 8 * gib };

  test("take room of healthy hosts in their zones, beside the instances", () => {
    const { topology, ground } = room([free]);
    const slots = ground.slots.get("catalog");
    if (!slots) throw new Error("catalog has a load");
    const place = (count: number, of: Topology = topology) => {
      const found = accepted(of, withSlots(of, slots, count), ground);
      return "reason" in found ? found.reason : "accepted";
    };
    expect(place(2)).toBe("accepted");
    expect(place(3)).toBe("noRoom");
    const fuller = withReplica(topology, "catalog", { host: "new", zone: "b" });
    expect(place(1, fuller)).toBe("accepted");
    expect(place(2, fuller)).toBe("noRoom");
  });

  test("make way for instances, but a step that leaves one without a place is refused", () => {
    const { topology, ground } = room([free]);
    const slots = ground.slots.get("catalog");
    if (!slots) throw new Error("catalog has a load");
    const both = withSlots(topology, slots, 2);
    const found = findPlace(both, "catalog", ground);
    expect(found).toEqual({ place: { host: "new", zone: "b" } });
    const after = accepted(both, withReplica(both, "catalog", { host: "new", zone: "b" }), ground);
    expect("reason" in after && after.reason).toBe("noRoom");
  });

  test("that had no place before do not stand in the way of others", () => {
    const { topology, ground } = room([{ ...free, cpu: 2 }]);
    const slots = ground.slots.get("catalog");
    if (!slots) throw new Error("catalog has a load");
    const three = withSlots(topology, slots, 3);
    expect("reason" in accepted(three, three, ground)).toBe(false);
  });

  test("in zones that are not healthy any more are worth less", () => {
    const reserved: Change = {
      kind: "reservation",
      service: "catalog",
      target: { type: "kubernetes:apps/v1:Deployment", name: "firebreak-reserve-catalog" },
      from: 0,
      to: 2,
      slot: { cpu: 2, memory: gib, capacity: 8, zones: ["a", "b"] },
      reason: "",
      path: [],
      owner: null,
      riskWithout: 0,
      costPerDay: 0,
      expiresAt: "2026-01-01T00:00:00Z",
    };
    const { topology, ground } = room([free, { kind: "zone", id: "b", zone: undefined, prior: 0.3 }]);
    const slots = slotsOf(topology, new Map([["catalog", target("catalog")]]), [reserved], ground).get("catalog");
    expect(slots).toMatchObject({ inForce: 2, worth: 4, slot: { capacity: 8, zones: ["a"] } });
  });
});
