import { coinKey } from "../coins.js";
import type { CompiledTopology } from "../compile.js";
import { overloaded } from "../propagate.js";
import type { KernelSpace } from "./space.js";

const TWO_32 = 2 ** 32;

/** Services of at most so many replicas have a table of what overloads them. */
const MANY = 6;

/** Services of more replicas leave the memo engine out, whose masks are 31 bits beside a flag. */
export const MASK_BITS = 31;

/**
 * Lays a topology in the kernel's memory. Replicas are numbered by service, then id.
 *
 * @returns replica by instance
 */
export function layTopology(space: KernelSpace, topology: CompiledTopology, seed: number): Uint32Array {
  const instances = topology.instanceIds.length;
  const services = topology.serviceIds.length;
  const replicaOf = new Uint32Array(instances);
  const serviceOf = new Uint32Array(instances);
  const capacity = new Float64Array(instances);
  for (let replica = 0; replica < instances; replica++) {
    const instance = topology.replicas[replica]!;
    replicaOf[instance] = replica;
    serviceOf[replica] = topology.serviceOf[instance]!;
    capacity[replica] = topology.capacity[instance]!;
  }

  const { low, high } = coinKey(seed);
  space.exports.setKey(low, high);
  space.set("utilisationLimit", topology.utilisationLimit);
  space.set("serviceCount", services);
  space.set("replicaCount", instances);
  space.set("dependencyCount", topology.client.length);

  space.put("replicaStart", Uint32Array.from(topology.replicaStart));
  space.put("serviceOf", serviceOf);
  space.put("capacity", capacity);
  space.put("loads", topology.load);
  space.put("reserved", topology.reserved);
  space.put("collapseThreshold", wide(topology.collapseThreshold));
  putIdentities(space, "service", topology.serviceIdentities);

  space.put("dependencyStart", Uint32Array.from(topology.dependencyStart));
  space.put("client", gather(topology.client, replicaOf));
  space.put("needsThreshold", wide(topology.needsThreshold));
  space.put("stickyThreshold", wide(topology.stickyThreshold));
  putIdentities(space, "dependency", topology.dependencyIdentities);
  space.put("candidateStart", Uint32Array.from(topology.candidateStart));
  space.put("candidate", gather(topology.candidates, replicaOf));
  space.put("share", topology.shares);
  const inverse = new Float32Array(topology.shares.length + 4);
  for (let c = 0; c < topology.shares.length; c++) inverse[c] = 1 / topology.shares[c]!;
  space.put("inverseShare", inverse);
  putIdentities(space, "candidate", topology.candidateIdentities);
  return replicaOf;
}

/**
 * Lays what the conditional run needs beside.
 *
 * @param seeds members of each seed, as instances
 * @param replicaOf replica by instance
 */
export function laySeeds(
  space: KernelSpace,
  topology: CompiledTopology,
  seeds: readonly (readonly number[])[],
  replicaOf: Uint32Array,
): void {
  const services = topology.serviceIds.length;
  putOverload(space, topology);
  space.put(
    "criticality",
    Float64Array.from(topology.replicas, (i) => topology.criticality[i]!),
  );
  space.put(
    "uniformCriticality",
    Float64Array.from({ length: services }, (_, s) => uniformOf(topology, s)),
  );
  const placeOf = (instance: number) => replicaOf[instance]! - topology.replicaStart[topology.serviceOf[instance]!]!;
  space.put(
    "bitOf",
    Uint32Array.from(topology.replicas, (i) => 2 ** placeOf(i) % TWO_32),
  );
  space.put(
    "fullMask",
    Uint32Array.from({ length: services }, (_, s) => {
      const count = topology.replicaStart[s + 1]! - topology.replicaStart[s]!;
      return count > MASK_BITS ? 0 : 2 ** count - 1;
    }),
  );
  space.put(
    "packedClient",
    Uint32Array.from(topology.client, (i) => topology.serviceOf[i]! * 32 + (placeOf(i) & 31)),
  );
  const starts = new Uint32Array(seeds.length + 1);
  for (const [i, members] of seeds.entries()) starts[i + 1] = starts[i]! + members.length;
  space.set("seedCount", seeds.length);
  space.put("seedStart", starts);
  space.put(
    "seedMembers",
    Uint32Array.from(seeds.flat(), (i) => replicaOf[i]!),
  );
}

/** The criticality of each replica of a service; NaN where they differ. */
function uniformOf({ criticality, replicas, replicaStart }: CompiledTopology, service: number): number {
  const first = criticality[replicas[replicaStart[service]!]!]!;
  for (let r = replicaStart[service]! + 1; r < replicaStart[service + 1]!; r++) {
    if (criticality[replicas[r]!] !== first) return Number.NaN;
  }
  return first;
}

/** Thresholds 0…2³² as 64-bit words, the low half first. */
export function wide(thresholds: Float64Array): Uint32Array {
  const words = new Uint32Array(2 * thresholds.length);
  for (let i = 0; i < thresholds.length; i++) {
    words[2 * i] = thresholds[i]! % TWO_32;
    words[2 * i + 1] = thresholds[i]! >= TWO_32 ? 1 : 0;
  }
  return words;
}

function gather(places: Int32Array, values: Uint32Array): Uint32Array {
  const gathered = new Uint32Array(places.length);
  for (let i = 0; i < places.length; i++) gathered[i] = values[places[i]!]!;
  return gathered;
}

/** Halves apart, with room to read eight at once at the end. */
export function putIdentities(space: KernelSpace, name: string, identities: Uint32Array): void {
  const count = identities.length / 2;
  const half = (offset: number) => {
    const words = new Uint32Array(count + 8);
    for (let i = 0; i < count; i++) words[i] = identities[2 * i + offset]!;
    return words;
  };
  space.put(`${name}Low`, half(0));
  space.put(`${name}High`, half(1));
}

/** By the oracle's own rule, for every set of lost replicas. */
function putOverload(space: KernelSpace, topology: CompiledTopology): void {
  const services = topology.serviceIds.length;
  const isFailed = new Uint8Array(topology.instanceIds.length);
  const tables = new BigUint64Array(services);
  const starts = new Uint32Array(services + 1);
  const subsets: number[] = [];
  for (let service = 0; service < services; service++) {
    const first = topology.replicaStart[service]!;
    const count = topology.replicaStart[service + 1]! - first;
    if (count <= MANY && !Number.isNaN(topology.load[service]!)) {
      let table = 0n;
      const minimal: number[] = [];
      for (let lost = 1; lost < 2 ** count; lost++) {
        for (let r = 0; r < count; r++) isFailed[topology.replicas[first + r]!] = (lost >> r) & 1;
        if (!overloaded(topology, service, isFailed)) continue;
        table |= 1n << BigInt(lost);
        if (!minimal.some((mask) => (mask & lost) === mask) && lost < 2 ** count - 1) minimal.push(lost);
      }
      for (let r = 0; r < count; r++) isFailed[topology.replicas[first + r]!] = 0;
      tables[service] = table;
      subsets.push(...minimal);
    }
    starts[service + 1] = subsets.length;
  }
  space.put("overloadTable", tables);
  space.put("subsetStart", starts);
  space.put("subsets", Uint32Array.from(subsets));
}
