import type { Graph } from "./build.js";
import { compareText, sortBy } from "./order.js";
import { gatherServices, type ServiceDependency } from "./serviceDependencies.js";

/** One service that depends on another, as text for people: `api → db`. */
export interface DependencyName {
  readonly client: string;
  readonly service: string;
}

/** A number of a dependency that is another now. */
export interface Movement extends DependencyName {
  readonly what: "volume" | "coupling" | "failover" | "share";
  /** The replica, of a share. */
  readonly server?: string;
  readonly from: number;
  readonly to: number;
}

/** What is different between two graphs. Every list is sorted. */
export interface GraphDiff {
  readonly appeared: { readonly instances: readonly string[]; readonly dependencies: readonly DependencyName[] };
  readonly vanished: { readonly instances: readonly string[]; readonly dependencies: readonly DependencyName[] };
  readonly moved: readonly Movement[];
}

/** A volume has moved when it is this many times another, and the intervals do not touch. */
const volumeFactor = 2;

/** A probability or share has moved when it is this far from what it was. */
const probabilityStep = 0.1;

/**
 * Compares two graphs by services, as people talk of them: what appeared, what vanished, and what moved by more than a step
 * (a volume to twice or half with intervals apart; a mean coupling, mean failover or a replica's share by 0.1).
 */
export function diffGraphs(before: Graph, after: Graph): GraphDiff {
  const old = index(before);
  const now = index(after);
  const moved = [...now.dependencies].flatMap(([key, dependency]) => {
    const earlier = old.dependencies.get(key);
    return earlier === undefined ? [] : compare(earlier, dependency);
  });
  return {
    appeared: missing(now, old),
    vanished: missing(old, now),
    moved: moved.sort(
      (a, b) =>
        compareText(a.client, b.client) ||
        compareText(a.service, b.service) ||
        compareText(a.what, b.what) ||
        compareText(a.server ?? "", b.server ?? ""),
    ),
  };
}

interface Index {
  readonly instances: ReadonlySet<string>;
  readonly dependencies: ReadonlyMap<string, ServiceDependency>;
}

function index(graph: Graph): Index {
  return {
    instances: new Set(graph.topology.nodes.map((n) => n.id)),
    dependencies: new Map(gatherServices(graph).map((d) => [JSON.stringify([d.client, d.service]), d])),
  };
}

function missing(of: Index, from: Index): GraphDiff["appeared"] {
  const dependencies = [...of.dependencies].filter(([key]) => !from.dependencies.has(key)).map(([, d]) => d);
  return {
    instances: sortBy(
      [...of.instances].filter((i) => !from.instances.has(i)),
      (i) => i,
    ),
    dependencies: dependencies.map(({ client, service }) => ({ client, service })),
  };
}

function compare(before: ServiceDependency, after: ServiceDependency): Movement[] {
  const { client, service } = after;
  const name = { client, service };
  const moved: Movement[] = [];
  const [low, high] = [before.volume, after.volume].sort((a, b) => a.estimate - b.estimate);
  if (low !== undefined && high !== undefined && before.volume.unit === after.volume.unit) {
    if (high.estimate >= volumeFactor * low.estimate && low.high < high.low) {
      moved.push({ ...name, what: "volume", from: before.volume.estimate, to: after.volume.estimate });
    }
  }
  for (const what of ["coupling", "failover"] as const) {
    const [from, to] = [before, after].map((d) => mean(d.parts.map((p) => p[what].value))) as [number, number];
    if (Math.abs(to - from) >= probabilityStep) moved.push({ ...name, what, from, to });
  }
  const shares = [before, after].map(sharesOf) as [Map<string, number>, Map<string, number>];
  for (const server of new Set([...shares[0].keys(), ...shares[1].keys()])) {
    const [from, to] = shares.map((s) => s.get(server) ?? 0) as [number, number];
    if (Math.abs(to - from) >= probabilityStep) moved.push({ ...name, what: "share", server, from, to });
  }
  return moved;
}

/** Mean share of each replica over the client's instances. */
function sharesOf({ parts }: ServiceDependency): Map<string, number> {
  const shares = new Map<string, number>();
  for (const { server, share } of parts.flatMap((p) => p.shares)) {
    shares.set(server, (shares.get(server) ?? 0) + share / parts.length);
  }
  return shares;
}

const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
