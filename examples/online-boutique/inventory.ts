import { realpathSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { type Amounts, type ServiceName, type ServiceSpec, services } from "./services.js";

/** A pod where it runs. Its address is that of its own interface in the subnet of its zone. */
export interface Pod {
  readonly id: string;
  readonly spec: ServiceSpec;
  readonly address: string;
  readonly host: string;
  readonly zone: Zone;
}

export type Zone = "a" | "b" | "c";

export const zones: readonly Zone[] = ["a", "b", "c"];

/** Third part of the addresses of each zone's pod subnet, 10.0.X.0/24. */
const podSubnet = { a: 32, b: 64, c: 96 } as const;

const hosts: readonly { readonly id: string; readonly zone: Zone }[] = [
  { id: "n1", zone: "a" },
  { id: "n2", zone: "a" },
  { id: "n3", zone: "b" },
  { id: "n4", zone: "b" },
  { id: "n5", zone: "c" },
  { id: "n6", zone: "c" },
];

/** What one host offers to pods, and the chance that it or its zone is lost within an hour. */
const hostRoom = { cpu: 2, memory: 8 * 1024 ** 3, bandwidth: 10e9 };
const hostPrior = 0.002;
const zonePrior = 0.0003;

/** Places the replicas of each service on different zones, in turn, as the topology spread constraint does. */
export function placePods(table: readonly ServiceSpec[] = services): readonly Pod[] {
  const pods: Pod[] = [];
  const onZone = { a: 0, b: 0, c: 0 };
  table.forEach((spec, row) => {
    for (let replica = 0; replica < spec.replicas; replica++) {
      const zone = zones[(row + replica) % zones.length] ?? "a";
      const host = hosts.filter((h) => h.zone === zone)[onZone[zone] % 2]?.id ?? "n1";
      onZone[zone] += 1;
      const address = `10.0.${podSubnet[zone]}.${10 + onZone[zone]}`;
      pods.push({ id: `${spec.name}-${replica}`, spec, address, host, zone });
    }
  });
  return pods;
}

/** The inventory document of this application: instances, services and domains, from the one table of services. */
export function describeInventory(table: readonly ServiceSpec[] = services) {
  return {
    instances: placePods(table).map(({ id, spec, address, host, zone }) => ({
      id,
      service: spec.name,
      addresses: [address],
      tier: spec.facts.tier,
      criticality: spec.facts.criticality,
      host,
      zone,
      ...readAmounts(spec.requests),
      capacity: spec.facts.capacity,
      prior: spec.facts.prior,
    })),
    services: table.map((spec, row) => ({
      id: spec.name,
      addresses: [virtualAddress(row)],
      urn: urnPattern(spec.name),
    })),
    domains: [
      ...hosts.map(({ id, zone }) => ({ kind: "host", id, zone, prior: hostPrior, ...hostRoom })),
      ...zones.map((id) => ({ kind: "zone", id, prior: zonePrior })),
    ],
  };
}

/** The inventory as the text of `inventory.yaml`. */
export function writeInventory(): string {
  return [
    "# Written by `npx tsx examples/online-boutique/inventory.ts` from services.ts: change it there.",
    "# Capacity in connections per second, cpu in cores, memory in bytes, bandwidth in bits per second;",
    "# prior: probability of failing by itself within an hour.",
    stringify(describeInventory(), { flowCollectionPadding: false, lineWidth: 0 }),
  ].join("\n");
}

function virtualAddress(row: number): string {
  return `172.20.0.${20 + row}`;
}

function urnPattern(name: ServiceName): string {
  return `**kubernetes:apps/v1:Deployment::${name}`;
}

function readAmounts({ cpu, memory }: Amounts): { cpu: number; memory: number } {
  return { cpu: Number.parseInt(cpu, 10) / 1000, memory: Number.parseInt(memory, 10) * 1024 ** 2 };
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  writeFileSync(fileURLToPath(new URL("inventory.yaml", import.meta.url)), writeInventory());
}
