import fc from "fast-check";
import { readInventory } from "../../graph/inventory.js";
import type { Inventory, Topology } from "../../graph/types.js";
import type { Traffic, TrafficEdge } from "../../history/traffic.js";
import { edgeOf } from "./edges.js";

const probability = fc.double({ min: 0, max: 1, noNaN: true });
const amount = fc.double({ min: 0, max: 1e6, noNaN: true });
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

/** Valid topologies as a person may write them: in any order, every service listed. */
export const topologies: fc.Arbitrary<Topology> = fc
  .record({
    limit: fc.double({ min: 0.1, max: 2, noNaN: true }),
    services: fc.array(fc.record({ load: optional(amount), reserved: amount, collapse: probability }), {
      minLength: 1,
      maxLength: 5,
    }),
    nodes: fc.array(
      fc.record({
        service: fc.nat(4),
        tier: optional(fc.constantFrom("web", "data", "Ünïcode tier")),
        criticality: amount,
        host: optional(fc.nat(3)),
        capacity: optional(amount),
        prior: probability,
      }),
      { minLength: 1, maxLength: 12 },
    ),
    domains: fc.uniqueArray(
      fc.record({ kind: fc.constantFrom("host", "zone"), id: fc.constantFrom("h0", "h1", "z0"), prior: probability }),
      { selector: (d) => `${d.kind}/${d.id}`, maxLength: 4 },
    ),
    dependencies: fc.uniqueArray(
      fc.record({
        client: fc.nat(11),
        service: fc.nat(4),
        coupling: probability,
        failover: probability,
        weights: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 12, maxLength: 12 }),
      }),
      { selector: (d) => `${d.client} ${d.service}`, maxLength: 15 },
    ),
    order: fc.infiniteStream(fc.nat()),
  })
  .map(({ limit, services, nodes, domains, dependencies, order }) => {
    const instances = nodes.map((n, i) => ({
      id: `i${i}`,
      service: `s${n.service % services.length}`,
      ...(n.tier !== undefined && { tier: n.tier }),
      criticality: n.criticality + 0,
      ...(n.host !== undefined && { host: `h${n.host}`, zone: `z${n.host % 2}` }),
      ...(n.capacity !== undefined && { capacity: n.capacity + 0 }),
      prior: n.prior + 0,
    }));
    const used = services
      .map((s, i) => ({ ...s, id: `s${i}` }))
      .filter((s) => instances.some((n) => n.service === s.id))
      .map(({ id, load, reserved, collapse }) => ({
        id,
        ...(load !== undefined &&
          instances.some((n) => n.service === id && n.capacity !== undefined) && { load: load + 0 }),
        reserved: reserved + 0,
        collapse: collapse + 0,
      }));
    const known = dependencies.map((d) => ({
      ...d,
      source: `i${d.client % instances.length}`,
      server: `s${d.service % services.length}`,
    }));
    const links = [...new Map(known.map((d) => [`${d.source} ${d.server}`, d])).values()].flatMap(
      ({ source, server, coupling, failover, weights }) => {
        const targets = instances
          .filter((n) => n.service === server && n.id !== source)
          .map((n, i) => ({ target: n.id, weight: (weights[i] ?? 0) + 1 }));
        const total = targets.reduce((sum, { weight }) => sum + weight, 0);
        return targets.map(({ target, weight }) => ({
          source,
          target,
          share: weight / total,
          coupling: coupling + 0,
          failover: failover + 0,
        }));
      },
    );
    return {
      directed: true as const,
      graph: { utilisationLimit: limit },
      services: shuffle(used, order),
      domains: shuffle(
        domains.map((d) => ({ ...d, prior: d.prior + 0 })),
        order,
      ),
      nodes: shuffle(instances, order),
      links: shuffle(links, order),
    } satisfies Topology;
  });

/** Inventories that `readInventory` accepts; some services have addresses and no instance. */
export const inventories: fc.Arbitrary<Inventory> = fc
  .array(
    fc.record({
      service: fc.nat(4),
      tier: optional(fc.constantFrom("data", "web")),
      host: optional(fc.nat(3)),
      zoned: fc.boolean(),
      capacity: optional(amount),
      prior: optional(probability),
    }),
    { maxLength: 8 },
  )
  .chain((instances) =>
    fc
      .record({
        services: fc.subarray([0, 1, 2, 3, 4]),
        load: optional(amount),
        hosts: fc.subarray([0, 1, 2, 3]),
      })
      .map(({ services, load, hosts }) =>
        readInventory({
          instances: instances.map((n, i) => ({
            id: `i${i}`,
            service: `s${n.service}`,
            addresses: [`10.0.0.${i}`],
            tier: n.tier,
            host: n.host === undefined ? undefined : `h${n.host}`,
            zone: n.host === undefined || !n.zoned ? undefined : `z${n.host % 2}`,
            capacity: n.capacity,
            prior: n.prior,
          })),
          services: services.map((s) => ({ id: `s${s}`, addresses: [`10.96.0.${s}`], load })),
          domains: hosts.map((h) => ({ kind: "host", id: `h${h}`, zone: `z${h % 2}`, prior: 0.01 })),
        }),
      ),
  );

const endpoint = fc.oneof(
  fc.nat(9).map((i) => `10.0.0.${i}`),
  fc.nat(4).map((s) => `10.96.0.${s}`),
  fc.nat(4).map((s) => `s${s}`),
  fc.nat(9).map((i) => `i${i}`),
  fc.constantFrom("cart", "checkout", "192.0.2.1", "2001:db8::1", "", "host/x", "bad\u0000name"),
  fc.constant(null),
);
const decayed = fc.oneof(fc.nat(1000), fc.double({ min: 0, max: 1e5, noNaN: true }), fc.constant(1e-12));

const edges: fc.Arbitrary<TrafficEdge> = fc
  .record({
    client: endpoint,
    server: endpoint,
    source: fc.constantFrom("vpc-flow-logs", "otlp"),
    requests: fc.option(decayed),
    connections: decayed,
    bytes: decayed,
    failed: fc.option(decayed),
    sampling: fc.constantFrom(1, 0.5, 0.01),
  })
  .map(({ client, server, sampling, ...amounts }) => {
    const { requests, connections, bytes } = amounts;
    const seen = { requests: (requests ?? 0) * sampling, connections: connections * sampling, bytes: bytes * sampling };
    const unseen = (1 - sampling) / sampling;
    const variance = {
      requests: (requests ?? 0) * unseen,
      connections: connections * unseen,
      bytes: bytes * unseen,
    };
    return edgeOf(client, server, { ...amounts, seen, variance });
  });

export const traffics: fc.Arbitrary<Traffic> = fc.record({
  window: fc.constant({ from: 0, to: 86_400 }),
  halfLife: fc.constant(21_600),
  rows: fc.nat(),
  edges: fc.array(edges, { maxLength: 25 }),
  peaks: fc.uniqueArray(fc.record({ group: fc.constantFrom("s0", "s1", "s2", "cart"), perSecond: amount }), {
    selector: (p) => p.group,
  }),
  failovers: fc.uniqueArray(
    fc
      .record({ client: fc.constantFrom("i0", "i1", "cart"), group: fc.constantFrom("s0", "s1"), trials: fc.nat(50) })
      .chain((f) => fc.nat(f.trials).map((survived) => ({ ...f, survived }))),
    { selector: (f) => `${f.client} ${f.group}` },
  ),
});

/** `items` in an order that the stream draws. */
export function shuffle<T>(items: readonly T[], order: Iterator<number>): T[] {
  return items
    .map((item) => ({ item, at: order.next().value as number }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
