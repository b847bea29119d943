import { describe, expect, it } from "vitest";
import { readInventory } from "../../graph/inventory.js";
import { linesOf } from "./problems.js";

const sound = {
  instances: [
    {
      id: "db-0",
      service: "db",
      addresses: ["10.0.1.8"],
      host: "n1",
      zone: "a",
      cpu: 2,
      memory: 4294967296,
      bandwidth: 1e9,
      capacity: 80,
    },
    {
      id: "api-0",
      service: "api",
      addresses: ["10.0.1.7", "2001:db8::7"],
      tier: "backend",
      criticality: 2,
      host: "n2",
      prior: 0.01,
    },
  ],
  services: [
    {
      id: "api",
      addresses: ["10.96.0.10"],
      load: 140,
      reserved: 0,
      collapse: 1,
      urn: "**::kubernetes:apps/v1:Deployment::api",
    },
  ],
  domains: [
    { kind: "zone", id: "a", prior: 0.001 },
    { kind: "host", id: "n1", zone: "a", cpu: 8, memory: 17179869184, bandwidth: 1e10 },
  ],
};

type Json = Record<string, unknown>;
const added = (list: keyof typeof sound, item: unknown): unknown => ({ ...sound, [list]: [...sound[list], item] });
const changed = (list: keyof typeof sound, index: number, fields: Json): unknown => ({
  ...sound,
  [list]: sound[list].map((item, i) => (i === index ? { ...item, ...fields } : item)),
});

const taken = "an address has one holder, remove one of them";
const malformed: [title: string, value: unknown, line: string][] = [
  ["an empty file", null, "(top): null: expected an inventory: an object with instances, services and domains"],
  ["a list", [], "(top): []: expected an inventory: an object with instances, services and domains"],
  ["an unknown list", { ...sound, hosts: [] }, "hosts: is not a known field; remove it or correct its name"],
  [
    "an unknown field",
    changed("instances", 0, { ip: "10.0.0.1" }),
    "instances[0].ip: is not a known field; remove it or correct its name",
  ],
  ["instances that are no list", { instances: {} }, "instances: {}: expected a list of instances"],
  [
    "an instance that is no object",
    added("instances", "db-1"),
    'instances[2]: "db-1": expected an instance such as { id, service, addresses }',
  ],
  [
    "an instance without a service",
    added("instances", { id: "x" }),
    "instances[2].service: nothing: expected an id: text that is not empty",
  ],
  ["a number as id", added("services", { id: 7 }), "services[1].id: 7: expected an id: text that is not empty"],
  [
    "an empty id",
    added("instances", { id: "", service: "x" }),
    'instances[2].id: "": expected an id: text that is not empty',
  ],
  [
    "an instance named like a host",
    added("instances", { id: "host/a", service: "x" }),
    'instances[2].id: "host/a": begins with host/ or zone/, which name hosts and zones in results; choose another id',
  ],
  [
    "a line break in an id",
    added("services", { id: "a\nb" }),
    'services[1].id: "a\\nb": has a control character or half a surrogate pair; take it out of the id',
  ],
  [
    "the same instance twice",
    added("instances", { id: "db-0", service: "db" }),
    'instances[2].id: "db-0" is already at instances[0]; rename one or remove it',
  ],
  [
    "the same service twice",
    added("services", { id: "api" }),
    'services[1].id: "api" is already at services[0]; rename one or remove it',
  ],
  [
    "the same host twice",
    added("domains", { kind: "host", id: "n1" }),
    'domains[2].id: "host/n1" is already at domains[1]; rename one or remove it',
  ],
  [
    "one address of two instances",
    changed("instances", 1, { addresses: ["10.0.1.8"] }),
    `instances[1].addresses[0]: "10.0.1.8" is already held at instances[0].addresses[0]; ${taken}`,
  ],
  [
    "one address of an instance and a service",
    changed("services", 0, { addresses: ["10.0.1.7"] }),
    `services[0].addresses[0]: "10.0.1.7" is already held at instances[1].addresses[0]; ${taken}`,
  ],
  [
    "one address written twice",
    changed("instances", 0, { addresses: ["10.0.1.8", "10.0.1.8"] }),
    `instances[0].addresses[1]: "10.0.1.8" is already held at instances[0].addresses[0]; ${taken}`,
  ],
  [
    "one IPv6 address in two spellings",
    changed("services", 0, { addresses: ["2001:DB8:0::7"] }),
    `services[0].addresses[0]: "2001:DB8:0::7" is already held at instances[1].addresses[1]; ${taken}`,
  ],
  [
    "one IPv4 address carried in IPv6",
    changed("services", 0, { addresses: ["::ffff:10.0.1.8"] }),
    `services[0].addresses[0]: "::ffff:10.0.1.8" is already held at instances[0].addresses[0]; ${taken}`,
  ],
  [
    "an address that is another instance's id",
    changed("services", 0, { addresses: ["db-0"] }),
    'services[0].addresses[0]: "db-0" is the id of instances[0], of another service; remove the address or rename the instance',
  ],
  [
    "an address out of range",
    changed("instances", 0, { addresses: ["10.0.1.256"] }),
    'instances[0].addresses[0]: "10.0.1.256": expected one address, such as 10.0.1.7, or a name',
  ],
  [
    "a range of addresses",
    changed("instances", 0, { addresses: ["10.0.1.0/24"] }),
    'instances[0].addresses[0]: "10.0.1.0/24": expected one address, such as 10.0.1.7, or a name',
  ],
  [
    "an address with a port",
    changed("instances", 0, { addresses: ["10.0.1.8:5432"] }),
    'instances[0].addresses[0]: "10.0.1.8:5432": expected one address, such as 10.0.1.7, or a name',
  ],
  [
    "one address that is no list",
    changed("instances", 0, { addresses: "10.0.1.8" }),
    'instances[0].addresses: "10.0.1.8": expected a list of addresses',
  ],
  [
    "a quantity for cores",
    changed("instances", 0, { cpu: "500m" }),
    'instances[0].cpu: "500m": expected a number of cores, 0 or more',
  ],
  [
    "a quantity for memory",
    changed("domains", 1, { memory: "16Gi" }),
    'domains[1].memory: "16Gi": expected a number of bytes, 0 or more',
  ],
  [
    "negative storage",
    changed("instances", 0, { storage: -1 }),
    "instances[0].storage: -1: expected a number of bytes, 0 or more",
  ],
  [
    "an infinite bandwidth",
    changed("instances", 0, { bandwidth: Number.POSITIVE_INFINITY }),
    "instances[0].bandwidth: Infinity: expected a number of bits per second, 0 or more",
  ],
  [
    "NaN for a capacity",
    changed("instances", 0, { capacity: Number.NaN }),
    "instances[0].capacity: NaN: expected a number in the service's unit, 0 or more",
  ],
  [
    "a negative criticality",
    changed("instances", 1, { criticality: -2 }),
    "instances[1].criticality: -2: expected a weight, 0 or more",
  ],
  [
    "a prior above 1",
    changed("instances", 1, { prior: 1.5 }),
    "instances[1].prior: 1.5: expected a number from 0 to 1",
  ],
  [
    "a zone's negative prior",
    changed("domains", 0, { prior: -1 }),
    "domains[0].prior: -1: expected a number from 0 to 1",
  ],
  [
    "a negative load",
    changed("services", 0, { load: -140 }),
    "services[0].load: -140: expected a number in the service's unit, 0 or more",
  ],
  [
    "a collapse above 1",
    changed("services", 0, { collapse: 2 }),
    "services[0].collapse: 2: expected a number from 0 to 1",
  ],
  [
    "an empty URN pattern",
    changed("services", 0, { urn: "" }),
    'services[0].urn: "": expected an id: text that is not empty',
  ],
  [
    "a domain that is a rack",
    added("domains", { kind: "rack", id: "r" }),
    'domains[2].kind: "rack": expected host or zone',
  ],
  [
    "a zone within a zone",
    changed("domains", 0, { zone: "b" }),
    'domains[0].zone: "b": only a host stands in a zone; remove it',
  ],
  [
    "an instance in another zone than its host",
    changed("domains", 1, { zone: "b" }),
    'instances[0].zone: "a": host n1 is in zone b at domains[1]; correct one of them',
  ],
  [
    "a host in two zones",
    added("instances", { id: "x", service: "x", host: "n1", zone: "b" }),
    'instances[2].zone: "b": host n1 is in zone a at instances[0]; a host stands in one zone, correct one of them',
  ],
];

describe("readInventory", () => {
  it.each(malformed)("refuses %s, with place, value and remedy", (_title, value, line) => {
    expect(linesOf(() => readInventory(value))).toContain(line);
  });

  it("reads every field and sorts by id", () => {
    const inventory = readInventory(sound);
    expect(inventory.instances.map((i) => i.id)).toEqual(["api-0", "db-0"]);
    expect(inventory.domains.map((d) => d.id)).toEqual(["n1", "a"]);
    expect(inventory.instances[1]).toEqual(sound.instances[0]);
    expect(inventory.services).toEqual(sound.services);
  });

  it.each([
    ["an empty object", {}],
    ["a service without instances", { services: [{ id: "managed", addresses: ["10.0.9.9"] }] }],
    [
      "a name as an address, also the service's own",
      { services: [{ id: "db", addresses: ["db", "db.prod.svc.cluster.local"] }] },
    ],
    ["an instance that lists its own id as address", { instances: [{ id: "db", service: "db", addresses: ["db"] }] }],
  ])("accepts %s", (_title, value) => {
    expect(linesOf(() => readInventory(value))).toEqual([]);
  });
});
