import { expect, it } from "vitest";
import type { Topology } from "../../graph/types.js";
import { compile, seedCount } from "../../simulator/compile.js";
import { Cascade } from "../../simulator/propagate.js";
import { marginalRisks, simulateHere } from "../../simulator/simulate.js";
import { World } from "../../simulator/world.js";
import { randomTopology } from "./topologies.js";

it("one more seed never heals anyone", () => {
  for (let number = 1; number <= 60; number++) {
    const t = compile(randomTopology(number, 8));
    const world = new World(t, number);
    const [less, more] = [new Cascade(t), new Cascade(t)];
    for (let w = 0; w < 40; w++) {
      world.enter(w);
      const seed = w % seedCount(t);
      less.seed(seed);
      more.seed(seed);
      more.seed((seed + 1 + number) % seedCount(t));
      less.spread(world);
      more.spread(world);
      for (const failed of less.failed.subarray(0, less.count)) expect(more.isFailed[failed]).toBe(1);
      less.clear();
      more.clear();
    }
  }
});

it("more capacity never raises the risk of anyone", () => {
  for (let number = 1; number <= 60; number++) {
    const topology = randomTopology(number, 8);
    const roomier = { ...topology, nodes: topology.nodes.map((n) => ({ ...n, capacity: (n.capacity ?? 0) + 7 })) };
    const options = { worlds: 2000, seed: number };
    const after = marginalRisks(roomier, options);
    for (const [id, { risk }] of marginalRisks(topology, options))
      expect(after.get(id)!.risk).toBeLessThanOrEqual(risk);
  }
});

it("a higher coupling or load, or a lower failover, never heals anyone", () => {
  const worse: readonly ((topology: Topology) => Topology)[] = [
    (t) => ({ ...t, links: t.links.map((l) => ({ ...l, coupling: Math.min(1, l.coupling + 0.2) })) }),
    (t) => ({ ...t, links: t.links.map((l) => ({ ...l, failover: l.failover / 2 })) }),
    (t) => ({ ...t, services: t.services.map((s) => (s.load === undefined ? s : { ...s, load: s.load + 7 })) }),
  ];
  for (let number = 1; number <= 60; number++) {
    const topology = randomTopology(number, 8);
    const options = { worlds: 2000, seed: number };
    const before = marginalRisks(topology, options);
    for (const change of worse) {
      for (const [id, { risk }] of marginalRisks(change(topology), options))
        expect(before.get(id)!.risk).toBeLessThanOrEqual(risk);
    }
  }
});

it("a replica that never fails, of a service that was not overloaded, never raises the risk of anyone", () => {
  let grown = 0;
  for (let number = 1; number <= 120; number++) {
    const topology = randomTopology(number, 8);
    const options = { worlds: 2000, seed: number };
    const before = marginalRisks(topology, options);
    for (const service of topology.services) {
      const replicas = topology.nodes.filter((n) => n.service === service.id);
      const capacity = replicas.reduce((sum, n) => sum + (n.capacity ?? 0), 0);
      if ((service.load ?? 0) > topology.graph.utilisationLimit * (capacity + service.reserved)) continue;
      grown += 1;
      const id = `${service.id}-new`;
      const into = new Set(replicas.map((n) => n.id));
      const share = 1 / (replicas.length + 1);
      const links = topology.links.map((l) => (into.has(l.target) ? { ...l, share: l.share * (1 - share) } : l));
      const clients = new Map(topology.links.filter((l) => into.has(l.target)).map((l) => [l.source, l]));
      const more = [...clients.values()].map((l) => ({ ...l, target: id, share }));
      const node = { id, service: service.id, criticality: 1, capacity: 10, prior: 0 };
      const after = marginalRisks(
        { ...topology, nodes: [...topology.nodes, node], links: [...links, ...more] },
        options,
      );
      for (const [other, { risk }] of before) {
        expect(after.get(other)!.risk, `${number}: ${other}, one more ${service.id}`).toBeLessThanOrEqual(risk);
      }
    }
  }
  expect(grown).toBeGreaterThan(100);
});

it("a client fails with its coupling when the service does, and with coupling x (1 - failover) x share for one replica", () => {
  const node = (id: string, service: string, host?: string) => ({ id, service, criticality: 1, prior: 0, host });
  const link = (target: string, share: number) => ({ source: "a", target, share, coupling: 0.8, failover: 0.5 });
  const topology: Topology = {
    directed: true,
    graph: { utilisationLimit: 1 },
    services: ["A", "B"].map((id) => ({ id, reserved: 0, collapse: 1 })),
    domains: [],
    nodes: [node("a", "A"), node("b0", "B", "h"), node("b1", "B", "h")],
    links: [link("b0", 0.3), link("b1", 0.7)],
  };
  const worlds = 100_000;
  const { conditional } = simulateHere(topology, { worlds, seed: 4, matrix: true });
  for (const [seed, exact] of [
    ["host/h", 0.8],
    ["b0", 0.8 * 0.5 * 0.3],
    ["b1", 0.8 * 0.5 * 0.7],
  ] as const) {
    const error = Math.sqrt((exact * (1 - exact)) / worlds);
    expect(Math.abs((conditional?.[seed]?.a ?? 0) - exact)).toBeLessThan(4.5 * error);
  }
});
