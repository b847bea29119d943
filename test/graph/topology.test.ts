import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readTopology, writeTopology } from "../../graph/topology.js";
import { parseJson } from "../../input/json.js";
import { shuffle, topologies } from "./arbitraries.js";
import { linesOf } from "./problems.js";

/** Two API replicas on a database of two. */
const sound = {
  directed: true,
  graph: { utilisationLimit: 0.9 },
  services: [{ id: "db", load: 100, reserved: 5, collapse: 0.5 }, { id: "api" }],
  domains: [{ kind: "zone", id: "a", prior: 0.001 }],
  nodes: [
    { id: "db-0", service: "db", tier: "data", criticality: 3, host: "n1", zone: "a", capacity: 80, prior: 0.01 },
    { id: "db-1", service: "db", host: "n2", zone: "b", capacity: 80 },
    { id: "api-0", service: "api" },
    { id: "api-1", service: "api" },
  ],
  links: [
    { source: "api-0", target: "db-1", share: 0.5, coupling: 0.9 },
    { source: "api-0", target: "db-0", share: 0.5, coupling: 0.9 },
    { source: "api-1", target: "db-0", share: 1, coupling: 0.9, failover: 0.2 },
    { source: "db-0", target: "db-1", share: 1, coupling: 0.1 },
  ],
};

type Json = Record<string, unknown>;

/** `sound` with the fields of one element, or of the top where `list` is empty, replaced. */
function changed(list: "" | keyof typeof sound, index: number, fields: Json): unknown {
  const copy = structuredClone(sound) as Json;
  if (list === "") return { ...copy, ...fields };
  const items = copy[list] as Json[] | Json;
  if (Array.isArray(items)) items[index] = { ...items[index], ...fields };
  else copy[list] = { ...items, ...fields };
  return copy;
}
const added = (list: keyof typeof sound, item: Json): unknown => ({
  ...sound,
  [list]: [...(sound[list] as Json[]), item],
});
const without = (field: keyof typeof sound): unknown =>
  Object.fromEntries(Object.entries(sound).filter(([k]) => k !== field));

const p01 = "expected a number from 0 to 1";
const malformed: [title: string, value: unknown, ...lines: string[]][] = [
  ["a number", 3, "(top): 3: expected a topology: an object with directed, nodes and links"],
  ["null", null, "(top): null: expected a topology: an object with directed, nodes and links"],
  [
    "no direction",
    without("directed"),
    "directed: nothing: expected true: a link goes from the client to the server it depends on",
  ],
  [
    "an undirected graph",
    changed("", 0, { directed: false }),
    "directed: false: expected true: a link goes from the client to the server it depends on",
  ],
  ["no nodes", without("nodes"), "nodes: nothing: expected a list of instances, [] for none"],
  ["no links", without("links"), "links: nothing: expected a list of links, [] for none"],
  [
    "an unknown field at the top",
    changed("", 0, { multigraph: false }),
    "multigraph: is not a known field; remove it or correct its name",
  ],
  [
    "an unknown field of the graph",
    changed("graph", 0, { limit: 1 }),
    "graph.limit: is not a known field; remove it or correct its name",
  ],
  [
    "a misspelt field of a node",
    changed("nodes", 1, { pior: 0.1 }),
    "nodes[1].pior: is not a known field; remove it or correct its name",
  ],
  [
    "a limit of 0",
    changed("graph", 0, { utilisationLimit: 0 }),
    "graph.utilisationLimit: 0: expected a number above 0",
  ],
  [
    "a negative limit",
    changed("graph", 0, { utilisationLimit: -1 }),
    "graph.utilisationLimit: -1: expected a number above 0",
  ],
  [
    "a limit that is not a number",
    changed("graph", 0, { utilisationLimit: Number.NaN }),
    "graph.utilisationLimit: NaN: expected a number above 0",
  ],
  ["a prior above 1", changed("nodes", 0, { prior: 1.2 }), `nodes[0].prior: 1.2: ${p01}`],
  ["a negative prior", changed("nodes", 0, { prior: -0.1 }), `nodes[0].prior: -0.1: ${p01}`],
  ["NaN for a prior", changed("nodes", 0, { prior: Number.NaN }), `nodes[0].prior: NaN: ${p01}`],
  ["a prior as text", changed("nodes", 0, { prior: "0.1" }), `nodes[0].prior: "0.1": ${p01}`],
  ["null for a prior", changed("nodes", 0, { prior: null }), `nodes[0].prior: null: ${p01}`],
  ["a host's prior above 1", changed("domains", 0, { prior: 2 }), `domains[0].prior: 2: ${p01}`],
  [
    "a domain that is neither host nor zone",
    changed("domains", 0, { kind: "rack" }),
    'domains[0].kind: "rack": expected host or zone',
  ],
  ["collapse above 1", changed("services", 0, { collapse: 1.01 }), `services[0].collapse: 1.01: ${p01}`],
  [
    "a negative load",
    changed("services", 0, { load: -1 }),
    "services[0].load: -1: expected a number in the service's unit, 0 or more",
  ],
  [
    "an infinite load",
    changed("services", 0, { load: Number.POSITIVE_INFINITY }),
    "services[0].load: Infinity: expected a number in the service's unit, 0 or more",
  ],
  [
    "a load beyond all measure",
    changed("services", 0, { load: 1e300 }),
    "services[0].load: 1e+300: expected a number in the service's unit, at most 1000000000000000000",
  ],
  [
    "a negative reservation",
    changed("services", 0, { reserved: -5 }),
    "services[0].reserved: -5: expected a number in the service's unit, 0 or more",
  ],
  [
    "a negative capacity",
    changed("nodes", 1, { capacity: -80 }),
    "nodes[1].capacity: -80: expected a number in the service's unit, 0 or more",
  ],
  [
    "a negative criticality",
    changed("nodes", 1, { criticality: -1 }),
    "nodes[1].criticality: -1: expected a weight, 0 or more",
  ],
  ["a coupling above 1", changed("links", 3, { coupling: 1.5 }), `links[3].coupling: 1.5: ${p01}`],
  ["no coupling", changed("links", 3, { coupling: undefined }), `links[3].coupling: nothing: ${p01}`],
  ["no share", changed("links", 3, { share: undefined }), `links[3].share: nothing: ${p01}`],
  ["a negative share", changed("links", 3, { share: -1 }), `links[3].share: -1: ${p01}`],
  ["a negative failover", changed("links", 3, { failover: -0.5 }), `links[3].failover: -0.5: ${p01}`],
  ["an empty id", changed("nodes", 2, { id: "" }), 'nodes[2].id: "": expected an id: text that is not empty'],
  ["a number as id", changed("nodes", 2, { id: 7 }), "nodes[2].id: 7: expected an id: text that is not empty"],
  [
    "a control character in an id",
    changed("nodes", 0, { host: "n\u0000" }),
    'nodes[0].host: "n\\u0000": has a control character or half a surrogate pair; take it out of the id',
  ],
  [
    "half a surrogate pair in an id",
    changed("nodes", 0, { tier: "\ud800" }),
    'nodes[0].tier: "\\ud800": has a control character or half a surrogate pair; take it out of the id',
  ],
  [
    "an instance named like a host",
    added("nodes", { id: "host/n1", service: "api" }),
    'nodes[4].id: "host/n1": begins with host/ or zone/, which name hosts and zones in results; choose another id',
  ],
  [
    "an instance named like a zone",
    added("nodes", { id: "zone/", service: "api" }),
    'nodes[4].id: "zone/": begins with host/ or zone/, which name hosts and zones in results; choose another id',
  ],
  [
    "the same node twice",
    added("nodes", { id: "db-1", service: "db" }),
    'nodes[4].id: "db-1" is already at nodes[1]; rename one or remove it',
  ],
  [
    "the same service twice",
    added("services", { id: "db" }),
    'services[2].id: "db" is already at services[0]; rename one or remove it',
  ],
  [
    "the same zone twice",
    added("domains", { kind: "zone", id: "a" }),
    'domains[1].id: "zone/a" is already at domains[0]; rename one or remove it',
  ],
  [
    "the same link twice",
    changed("links", 0, { target: "db-0" }),
    'links[1].target: "api-0 -> db-0" is already at links[0]; rename one or remove it',
  ],
  [
    "a service without a node",
    added("services", { id: "cache" }),
    "services[2].id: service cache has no replica among the nodes; add a node of it or remove the service",
  ],
  [
    "a load without a capacity",
    changed("services", 1, { load: 10 }),
    "services[1].load: 10: no replica of api has a capacity; give its nodes a capacity or remove the load",
  ],
  [
    "a link from nowhere",
    changed("links", 3, { source: "db-9" }),
    'links[3].source: "db-9" is not the id of a node; add the node or correct the id',
  ],
  [
    "a link to nowhere",
    changed("links", 3, { target: "db-9" }),
    'links[3].target: "db-9" is not the id of a node; add the node or correct the id',
  ],
  [
    "a link to a service",
    changed("links", 2, { target: "db" }),
    'links[2].target: "db" is not the id of a node; add the node or correct the id',
  ],
  [
    "a node that depends on itself",
    changed("links", 3, { target: "db-0" }),
    'links[3].target: "db-0": an instance cannot depend on itself; put its share on the other replicas of db',
  ],
  [
    "shares below 1",
    changed("links", 1, { share: 0.4 }),
    "links[1].share: shares of api-0 into db sum to 0.9, expected 1",
  ],
  [
    "shares above 1",
    changed("links", 1, { share: 0.500002 }),
    "links[1].share: shares of api-0 into db sum to 1.000002, expected 1",
  ],
  [
    "an own-service client with half its share",
    changed("links", 3, { share: 0.5 }),
    "links[3].share: shares of db-0 into db sum to 0.5, expected 1",
  ],
  [
    "two couplings of one dependency",
    changed("links", 1, { coupling: 0.8 }),
    "links[1].coupling: 0.8: api-0 into db has coupling 0.9 at links[0]; links of one client into one service carry the same, correct one of them",
  ],
  [
    "two failovers of one dependency",
    changed("links", 0, { failover: 0.1 }),
    "links[1].failover: 0: api-0 into db has failover 0.1 at links[0]; links of one client into one service carry the same, correct one of them",
  ],
  [
    "a host in two zones",
    changed("nodes", 1, { host: "n1" }),
    'nodes[1].zone: "b": host n1 is in zone a at nodes[0]; a host stands in one zone, correct one of them',
  ],
  [
    "nodes that are no objects",
    { ...sound, nodes: ["db-0"] },
    'nodes[0]: "db-0": expected an instance such as { id, service }',
  ],
  [
    "several problems at once",
    { ...sound, links: [...sound.links.slice(1), { source: "x", target: "y", share: 1, coupling: 0 }] },
    'links[3].source: "x" is not the id of a node; add the node or correct the id',
    'links[3].target: "y" is not the id of a node; add the node or correct the id',
    "links[0].share: shares of api-0 into db sum to 0.5, expected 1",
  ],
];

describe("readTopology", () => {
  it.each(malformed)("refuses %s, with place, value and remedy", (_title, value, ...lines) => {
    expect(linesOf(() => readTopology(value))).toEqual(lines);
  });

  it("says of shares what the documentation says, and names the source", () => {
    const links = [
      ...sound.links.slice(2),
      { source: "api-0", target: "db-1", share: 0.5, coupling: 0.9 },
      { source: "api-0", target: "db-0", share: 0.4, coupling: 0.9 },
    ];
    const other = { source: "api-1", target: "api-0", share: 1, coupling: 1 };
    const value = { ...sound, links: [other, ...links] };
    expect(() => readTopology(value, "topology.json")).toThrow(
      "topology.json: 1 problem\n  links[4].share: shares of api-0 into db sum to 0.9, expected 1",
    );
  });

  it("refuses a JSON number too large for a double", () => {
    const text = JSON.stringify(sound).replace('"prior":0.01', '"prior":1e999');
    expect(linesOf(() => readTopology(parseJson(text, "t")))).toEqual([`nodes[0].prior: Infinity: ${p01}`]);
  });

  it("refuses a field named __proto__", () => {
    const text = JSON.stringify(sound).replace('"tier":"data"', '"__proto__":{"prior":1}');
    expect(linesOf(() => readTopology(parseJson(text, "t")))).toEqual([
      "nodes[0].__proto__: is not a known field; remove it or correct its name",
    ]);
  });

  it("fills every default and sorts by id", () => {
    expect(readTopology(sound)).toEqual({
      directed: true,
      graph: { utilisationLimit: 0.9 },
      services: [
        { id: "api", reserved: 0, collapse: 1 },
        { id: "db", load: 100, reserved: 5, collapse: 0.5 },
      ],
      domains: [{ kind: "zone", id: "a", prior: 0.001 }],
      nodes: [
        { id: "api-0", service: "api", criticality: 1, prior: 0 },
        { id: "api-1", service: "api", criticality: 1, prior: 0 },
        { id: "db-0", service: "db", tier: "data", criticality: 3, host: "n1", zone: "a", capacity: 80, prior: 0.01 },
        { id: "db-1", service: "db", criticality: 1, host: "n2", zone: "b", capacity: 80, prior: 0 },
      ],
      links: [
        { source: "api-0", target: "db-0", share: 0.5, coupling: 0.9, failover: 0 },
        { source: "api-0", target: "db-1", share: 0.5, coupling: 0.9, failover: 0 },
        { source: "api-1", target: "db-0", share: 1, coupling: 0.9, failover: 0.2 },
        { source: "db-0", target: "db-1", share: 1, coupling: 0.1, failover: 0 },
      ],
    });
  });

  it("refuses a node of a service that the list of services lacks", () => {
    const value = {
      directed: true,
      services: [{ id: "web" }],
      nodes: [
        { id: "w", service: "web" },
        { id: "x", service: "wbe" },
      ],
      links: [],
    };
    expect(linesOf(() => readTopology(value))).toEqual([
      'nodes[1].service: "wbe" is not among the services; list it or correct it',
    ]);
  });

  it("declares the services that only nodes name", () => {
    const { services, graph } = readTopology({ directed: true, nodes: [{ id: "b", service: "web" }], links: [] });
    expect(services).toEqual([{ id: "web", reserved: 0, collapse: 1 }]);
    expect(graph.utilisationLimit).toBe(1);
  });

  it.each([
    ["a load where the only capacity is an explicit 0", changed("nodes", 0, { capacity: 0 })],
    ["a load of 0 where no capacity is known", changed("services", 1, { load: 0 })],
    ["shares within 1e-6 of 1", changed("links", 1, { share: 0.5000009 })],
    ["a host that no instance is on", added("domains", { kind: "host", id: "spare" })],
    ["a host and a zone of one id", added("domains", { kind: "host", id: "a" })],
    ["an instance and a service of one id", added("nodes", { id: "db", service: "db" })],
  ])("accepts %s", (_title, value) => {
    expect(linesOf(() => readTopology(value))).toEqual([]);
  });

  it("reads -0 as 0", () => {
    expect(Object.is(readTopology(changed("nodes", 0, { prior: -0 })).nodes[2]?.prior, 0)).toBe(true);
  });

  it("reads back what writeTopology wrote, through JSON too", () => {
    fc.assert(
      fc.property(topologies, (written) => {
        const topology = readTopology(written);
        expect(readTopology(writeTopology(topology))).toEqual(topology);
        expect(readTopology(JSON.parse(JSON.stringify(writeTopology(topology))))).toEqual(topology);
      }),
    );
  });

  it("gives the same bytes whatever the order of services, domains, nodes and links", () => {
    fc.assert(
      fc.property(topologies, fc.infiniteStream(fc.nat()), (t, order) => {
        const other = {
          links: shuffle(t.links, order),
          nodes: shuffle(t.nodes, order),
          services: shuffle(t.services, order),
          domains: shuffle(t.domains, order),
          graph: t.graph,
          directed: true,
        };
        expect(JSON.stringify(readTopology(other))).toBe(JSON.stringify(readTopology(t)));
      }),
    );
  });
});
