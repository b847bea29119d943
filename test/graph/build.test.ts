import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressOwners, buildGraph } from "../../graph/build.js";
import { defaultEstimates, type Estimates } from "../../graph/estimate.js";
import { readInventory } from "../../graph/inventory.js";
import { readTopology } from "../../graph/topology.js";
import type { Link } from "../../graph/types.js";
import type { Traffic, TrafficEdge } from "../../history/traffic.js";
import { inventories, shuffle, traffics } from "./arbitraries.js";
import { edgeOf } from "./edges.js";

type Row = [client: string | null, server: string | null, amounts: Partial<TrafficEdge>];

function trafficOf(rows: readonly Row[], peaks: Traffic["peaks"] = []): Traffic {
  const edges = rows.map(([client, server, amounts]) => edgeOf(client, server, amounts));
  return { window: { from: 0, to: 3600 }, halfLife: 1800, rows: rows.length, edges, peaks, failovers: [] };
}

const inventory = readInventory({
  instances: [
    { id: "api-0", service: "api", addresses: ["10.0.0.1"] },
    { id: "api-1", service: "api", addresses: ["10.0.0.2"] },
    { id: "db-0", service: "db", addresses: ["10.0.1.1"], tier: "data", capacity: 30, host: "n1" },
    { id: "db-1", service: "db", addresses: ["10.0.1.2"], tier: "data", capacity: 90, host: "n2", zone: "b" },
  ],
  services: [
    { id: "db", addresses: ["10.96.0.1"], reserved: 5, collapse: 0.5 },
    { id: "api", addresses: ["10.96.0.2"] },
  ],
  domains: [
    { kind: "host", id: "n1", zone: "a", prior: 0.01 },
    { kind: "host", id: "spare", zone: "a" },
  ],
});

function build(rows: readonly Row[], estimates: Partial<Estimates> = {}, peaks: Traffic["peaks"] = []) {
  return buildGraph(trafficOf(rows, peaks), inventory, { ...defaultEstimates, ...estimates });
}
const sharesOf = (links: readonly Link[]) => links.map((l) => `${l.source} ${l.target} ${Number(l.share.toFixed(9))}`);

describe("buildGraph lays traffic onto instances", () => {
  it.each<[string, Row[], string[]]>([
    ["a link goes from the client to the server", [["10.0.0.1", "10.0.1.1", { bytes: 5 }]], ["api-0 db-0 1"]],
    [
      "shares go by requests where every replica has them",
      [
        ["10.0.0.1", "10.0.1.1", { requests: 1, bytes: 900 }],
        ["10.0.0.1", "10.0.1.2", { requests: 3, bytes: 100 }],
      ],
      ["api-0 db-0 0.25", "api-0 db-1 0.75"],
    ],
    [
      "by bytes where one replica has no requests",
      [
        ["10.0.0.1", "10.0.1.1", { requests: 1, bytes: 900 }],
        ["10.0.0.1", "10.0.1.2", { bytes: 100 }],
      ],
      ["api-0 db-0 0.9", "api-0 db-1 0.1"],
    ],
    [
      "by connections where there are no bytes",
      [
        ["10.0.0.1", "10.0.1.1", { connections: 1 }],
        ["10.0.0.1", "10.0.1.2", { connections: 4 }],
      ],
      ["api-0 db-0 0.2", "api-0 db-1 0.8"],
    ],
    [
      "a virtual address stands for its replicas by capacity",
      [["10.0.0.1", "10.96.0.1", { bytes: 8 }]],
      ["api-0 db-0 0.25", "api-0 db-1 0.75"],
    ],
    [
      "traffic to a virtual address adds to that of the replicas",
      [
        ["10.0.0.1", "10.96.0.1", { bytes: 80 }],
        ["10.0.0.1", "10.0.1.1", { bytes: 20 }],
      ],
      ["api-0 db-0 0.4", "api-0 db-1 0.6"],
    ],
    [
      "in equal parts where no capacity is known",
      [["10.0.1.1", "10.96.0.2", { bytes: 8 }]],
      ["db-0 api-0 0.5", "db-0 api-1 0.5"],
    ],
    ["ids and service names are known too", [["api-1", "db", { requests: 8 }]], ["api-1 db-0 0.25", "api-1 db-1 0.75"]],
    [
      "a service as client stands for each of its replicas",
      [["api", "db-1", { requests: 8 }]],
      ["api-0 db-1 1", "api-1 db-1 1"],
    ],
    ["a client in its own service shares over the others", [["10.0.1.1", "10.96.0.1", { bytes: 8 }]], ["db-0 db-1 1"]],
    ["what an instance sends itself is dropped", [["10.0.0.1", "10.0.0.1", { bytes: 8 }]], []],
    [
      "a replica that has decayed away is dropped",
      [
        ["api-0", "db-0", { requests: 1e-8 }],
        ["api-0", "db-1", { requests: 99 }],
      ],
      ["api-0 db-1 1"],
    ],
    ["no volume is no dependency", [["api-0", "db-0", { requests: 0 }]], []],
    [
      "what comes from outside is no link",
      [
        ["192.0.2.9", "10.0.0.1", { requests: 8 }],
        [null, "10.0.0.1", { requests: 8 }],
      ],
      [],
    ],
    [
      "what goes outside is no link",
      [
        ["10.0.0.1", "192.0.2.9", { bytes: 8 }],
        ["10.0.0.1", null, { bytes: 8 }],
      ],
      [],
    ],
    [
      "another spelling of an address is the same address",
      [["::ffff:10.0.0.1", "10.0.1.1", { bytes: 8 }]],
      ["api-0 db-0 1"],
    ],
  ])("%s", (_title, rows, shares) => {
    expect(sharesOf(build(rows).topology.links)).toEqual(shares);
  });

  it("makes an instance of a name that the inventory does not know, of a service of that name", () => {
    const { topology } = build([["cart", "10.0.1.1", { requests: 1 }]]);
    expect(topology.nodes.find((n) => n.id === "cart")).toEqual({
      id: "cart",
      service: "cart",
      criticality: 1,
      prior: 0.002,
    });
    expect(sharesOf(topology.links)).toEqual(["cart db-0 1"]);
  });

  it("counts what comes from outside into the service, in the best unit it has, and makes no node of it", () => {
    const graph = build([
      ["192.0.2.9", "10.0.0.1", { requests: 8, bytes: 1 }],
      [null, "10.96.0.2", { requests: 4, bytes: 1 }],
      ["2001:db8::9", "10.0.1.1", { connections: 2 }],
    ]);
    expect(graph.external).toEqual([
      { service: "api", volume: 12, unit: "requests" },
      { service: "db", volume: 2, unit: "connections" },
    ]);
    expect(graph.topology.nodes).toHaveLength(4);
  });

  it("says which servers no one knows", () => {
    const { warnings } = build([
      ["10.0.0.1", "192.0.2.9", { bytes: 8 }],
      ["192.0.2.8", "192.0.2.7", { bytes: 8 }],
    ]);
    expect(warnings).toEqual([
      "instances connect to 1 address(es) that the inventory does not know (192.0.2.9); the simulation leaves them out",
    ]);
  });

  it("lets one instance stand for a service that has traffic and no instance", () => {
    const managed = readInventory({ services: [{ id: "rds", addresses: ["10.9.9.9"] }, { id: "idle" }] });
    const graph = buildGraph(trafficOf([["shop", "10.9.9.9", { bytes: 1 }]]), managed, defaultEstimates);
    expect(sharesOf(graph.topology.links)).toEqual(["shop rds 1"]);
    expect(graph.warnings).toEqual([
      "service rds has traffic and no instance; one instance of its name stands for it",
      "service idle has no instance and no traffic; it is left out of the graph",
    ]);
  });

  it("takes a name that cannot be an id for external, and says so", () => {
    const graph = build([["host/n1", "api-0", { requests: 3 }]]);
    expect(graph.external).toEqual([{ service: "api", volume: 3, unit: "requests" }]);
    expect(graph.warnings).toEqual(['the name "host/n1" in the traffic cannot be an id; it counts as external']);
  });
});

describe("buildGraph estimates what traffic does not say", () => {
  const rows: Row[] = [
    [null, "api-0", { requests: 90 }],
    ["api-0", "db-0", { requests: 45 }],
  ];
  const linkOf = (estimates: Partial<Estimates>, of = rows) => build(of, estimates).topology.links[0];

  it("shrinks the coupling to the default and multiplies by the impact of the server's tier", () => {
    expect(linkOf({})?.coupling).toBeCloseTo(((45 + 10 * 0.5) / (90 + 10)) * 1.5, 12);
    expect(linkOf({ tiers: {} })?.coupling).toBeCloseTo(0.5, 12);
    expect(linkOf({ pseudoCount: 0, tiers: {} })?.coupling).toBeCloseTo(0.5, 12);
  });

  it("clips the coupling to 1", () => {
    expect(linkOf({ tiers: { data: { impact: 40 } } })?.coupling).toBe(1);
  });

  it("keeps the default where a source into the client counts no requests", () => {
    const unknown: Row[] = [[null, "api-0", { connections: 3 }], ...rows];
    expect(linkOf({ tiers: {}, coupling: 0.3 }, unknown)?.coupling).toBe(0.3);
  });

  it("takes an override as final, before the tier and its impact", () => {
    const override = { client: "api", service: "db", coupling: 0.9, failover: 0.1 };
    expect(linkOf({ dependencies: [override] })).toMatchObject({ coupling: 0.9, failover: 0.1 });
    expect(linkOf({ dependencies: [{ client: "api", service: "db", failover: 0 }], tiers: {} })).toMatchObject({
      coupling: 0.5,
      failover: 0,
    });
  });

  it("takes failover from the server's tier, else the default", () => {
    expect(linkOf({})?.failover).toBe(0.9);
    expect(linkOf({ tiers: { data: { failover: 0.4 } } })?.failover).toBe(0.4);
  });

  it("takes prior and criticality from the inventory, else the tier, else the default", () => {
    const of = readInventory({
      instances: [
        { id: "a", service: "s", tier: "data", prior: 0.3, criticality: 7 },
        { id: "b", service: "s", tier: "data" },
        { id: "c", service: "s", tier: "unheard-of" },
      ],
    });
    const { nodes } = buildGraph(trafficOf([]), of, {
      ...defaultEstimates,
      tiers: { data: { prior: 0.2, criticality: 3 } },
    }).topology;
    expect(nodes.map((n) => [n.id, n.prior, n.criticality])).toEqual([
      ["a", 0.3, 7],
      ["b", 0.2, 3],
      ["c", 0.002, 1],
    ]);
  });

  it("takes load from the inventory, else the peak, and only where a replica has a capacity", () => {
    const peaks = [
      { group: "db", perSecond: 70 },
      { group: "api", perSecond: 50 },
    ];
    expect(build(rows, {}, peaks).topology.services).toEqual([
      { id: "api", reserved: 0, collapse: 1 },
      { id: "db", load: 70, reserved: 5, collapse: 0.5 },
    ]);
    const written = {
      ...inventory,
      services: [
        { id: "db", addresses: [], load: 9 },
        { id: "api", addresses: [], load: 4 },
      ],
    };
    const graph = buildGraph(trafficOf(rows, peaks), written, defaultEstimates);
    expect(graph.topology.services.map((s) => s.load)).toEqual([undefined, 9]);
    expect(graph.warnings).toEqual([
      "service api has a load and none of its instances a capacity; it has no overload rule",
    ]);
  });

  it("lists the hosts and zones of the inventory and of the instances, and finds an instance's zone by its host", () => {
    const { topology } = build([]);
    expect(topology.domains).toEqual([
      { kind: "host", id: "n1", prior: 0.01 },
      { kind: "host", id: "n2", prior: 0 },
      { kind: "host", id: "spare", prior: 0 },
      { kind: "zone", id: "a", prior: 0 },
      { kind: "zone", id: "b", prior: 0 },
    ]);
    expect(topology.nodes.map((n) => n.zone)).toEqual([undefined, undefined, "a", "b"]);
  });

  it("warns of overrides without effect and of a service of two tiers", () => {
    const dependencies = [
      { client: "api", service: "dbb" },
      { client: "db", service: "api" },
      { client: "api", service: "db" },
    ];
    expect(build(rows, { dependencies }).warnings).toEqual([
      "dependencies: the override of api into dbb has no effect; dbb is no service of the graph",
      "dependencies: the override of db into api has no effect; there is no such traffic in the window",
    ]);
    const mixed = readInventory({
      instances: [
        { id: "a", service: "s", tier: "web" },
        { id: "b", service: "s", tier: "data" },
      ],
    });
    expect(buildGraph(trafficOf([]), mixed, defaultEstimates).warnings).toEqual([
      "replicas of s are of the tiers data and web; dependencies on it are estimated as of data",
    ]);
  });
});

describe("buildGraph, whatever the traffic", () => {
  it("gives a topology that readTopology takes as it is", () => {
    fc.assert(
      fc.property(traffics, inventories, (traffic, of) => {
        const { topology } = buildGraph(traffic, of, defaultEstimates);
        expect(readTopology(topology)).toEqual(topology);
      }),
      { numRuns: 300 },
    );
  });

  it("lets the shares of one client into one service sum to 1 to the last bits", () => {
    fc.assert(
      fc.property(traffics, inventories, (traffic, of) => {
        const { links, nodes } = buildGraph(traffic, of, defaultEstimates).topology;
        const serviceOf = new Map(nodes.map((n) => [n.id, n.service]));
        const sums = new Map<string, number>();
        for (const { source, target, share } of links) {
          const key = `${source} ${serviceOf.get(target)}`;
          sums.set(key, (sums.get(key) ?? 0) + share);
        }
        for (const sum of sums.values()) expect(Math.abs(sum - 1)).toBeLessThanOrEqual(4 * Number.EPSILON);
      }),
    );
  });

  it("gives the same bytes whatever the order of traffic and inventory", () => {
    fc.assert(
      fc.property(traffics, inventories, fc.infiniteStream(fc.nat()), (traffic, of, order) => {
        const other = buildGraph(
          { ...traffic, edges: shuffle(traffic.edges, order), peaks: shuffle(traffic.peaks, order) },
          {
            instances: shuffle(of.instances, order),
            services: shuffle(of.services, order),
            domains: shuffle(of.domains, order),
          },
          defaultEstimates,
        );
        expect(JSON.stringify(other)).toBe(JSON.stringify(buildGraph(traffic, of, defaultEstimates)));
      }),
      { numRuns: 300 },
    );
  });
});

describe("addressOwners", () => {
  it("knows services by address, virtual address, instance id and own name", () => {
    const owners = addressOwners(inventory);
    expect([...["10.0.0.1", "10.96.0.1", "db-1", "api"]].map((e) => owners.get(e))).toEqual(["api", "db", "db", "api"]);
    expect(owners.get("192.0.2.9")).toBeUndefined();
  });

  it("lists an address as written and in its plain spelling", () => {
    const owners = addressOwners(readInventory({ services: [{ id: "v6", addresses: ["2001:DB8:0::1"] }] }));
    expect([owners.get("2001:DB8:0::1"), owners.get("2001:db8::1")]).toEqual(["v6", "v6"]);
  });
});
