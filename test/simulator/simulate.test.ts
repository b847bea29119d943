import fc from "fast-check";
import { expect, it } from "vitest";
import type { Topology } from "../../graph/types.js";
import { forEachCausedWorld } from "../../simulator/causes.js";
import { coinKey, openUniform, PURPOSE, thresholdOf, uniformOf, wordOf } from "../../simulator/coins.js";
import { type CompiledTopology, compile, seedCount, seedName } from "../../simulator/compile.js";
import { explain } from "../../simulator/explain.js";
import { negativeLog } from "../../simulator/negativeLog.js";
import { type Progress, simulate } from "../../simulator/pool.js";
import { Cascade } from "../../simulator/propagate.js";
import { marginalRisks, simulateHere } from "../../simulator/simulate.js";
import { World } from "../../simulator/world.js";
import { type Coins, type Dependency, generator, naiveFixpoint, randomTopology } from "./topologies.js";

/** The coins of one world by their definitions alone: whole uniforms, no early stop, no lists. */
function coinsOf(topology: Topology, t: CompiledTopology, seed: number, world: number): [Dependency[], Coins] {
  const key = coinKey(seed);
  const dependencies: Dependency[] = [];
  const needs: boolean[] = [];
  const stuckTo: (string | undefined)[] = [];
  for (const [s, service] of t.serviceIds.entries()) {
    for (let d = t.dependencyStart[s]!; d < t.dependencyStart[s + 1]!; d++) {
      const client = t.instanceIds[t.client[d]!]!;
      const links = topology.links
        .filter((l) => l.source === client && topology.nodes.some((n) => n.id === l.target && n.service === service))
        .sort((a, b) => (a.target < b.target ? -1 : 1));
      const { coupling, failover } = links[0]!;
      const uniform = uniformOf(key, t.dependencyIdentities, d, PURPOSE.dependency, world);
      const scores = links.map((link, l) => {
        const word = wordOf(key, t.candidateIdentities, t.candidateStart[d]! + l, PURPOSE.rendezvous, world);
        return negativeLog(openUniform(word)) / link.share;
      });
      dependencies.push({ client, service, links });
      needs.push(uniform < thresholdOf(coupling));
      const sticky = uniform < thresholdOf(coupling * (1 - failover));
      stuckTo.push(sticky ? links[scores.indexOf(Math.min(...scores))]?.target : undefined);
    }
  }
  const collapses = new Map(
    topology.services.map(({ id, collapse }) => {
      const uniform = uniformOf(key, t.serviceIdentities, t.serviceIds.indexOf(id), PURPOSE.collapse, world);
      return [id, uniform < thresholdOf(collapse)];
    }),
  );
  return [dependencies, { needs, stuckTo, collapses }];
}

it("fails the same instances as naive evaluation, world by world", () => {
  for (let number = 1; number <= 60; number++) {
    const topology = randomTopology(number, 8);
    const t = compile(topology);
    const world = new World(t, number);
    const cascade = new Cascade(t);
    for (const w of [0, 1, 31, 32, 127, 128, 200, 2 ** 31 - 1]) {
      const [dependencies, coins] = coinsOf(topology, t, number, w);
      for (let seed = 0; seed < seedCount(t); seed++) {
        world.enter(w);
        cascade.seed(seed);
        const seeds = Array.from(cascade.failed.subarray(0, cascade.count), (i) => t.instanceIds[i]!);
        cascade.spread(world);
        const failed = Array.from(cascade.failed.subarray(0, cascade.count), (i) => t.instanceIds[i]!).sort();
        expect(failed, `${number} world ${w} ${seedName(t, seed)}`).toEqual(
          [...naiveFixpoint(topology, dependencies, coins, seeds)].sort(),
        );
        cascade.clear();
      }
    }
  }
});

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => [random(), item] as const)
    .sort(([x], [y]) => x - y)
    .map(([, item]) => item);
}

it("prints the same bytes however nodes, links, services and domains are listed", () => {
  for (let number = 1; number <= 30; number++) {
    const topology = randomTopology(number, 9);
    const random = generator(number);
    const other = {
      ...topology,
      nodes: shuffled(topology.nodes, random),
      links: shuffled(topology.links, random),
      services: shuffled(topology.services, random),
      domains: shuffled(topology.domains, random),
    };
    const options = { worlds: 1500, seed: number, matrix: true };
    expect(JSON.stringify(simulateHere(other, options))).toBe(JSON.stringify(simulateHere(topology, options)));
  }
});

it("prints the same bytes on 1, 2 and 3 threads", async () => {
  const topology = randomTopology(7, 9);
  const options = { worlds: 600_000, seed: 3, matrix: true };
  const one = JSON.stringify(simulateHere(topology, options));
  for (const threads of [1, 2, 3]) expect(JSON.stringify(await simulate(topology, { ...options, threads }))).toBe(one);
});

it("stops with the signal's reason", async () => {
  const stop = new AbortController();
  const run = simulate(randomTopology(7, 9), { worlds: 20_000_000, seed: 3, threads: 2, signal: stop.signal });
  setTimeout(() => stop.abort(new Error("enough")), 300);
  await expect(run).rejects.toThrow("enough");
});

it.each([
  ["in steps", 3000, 1],
  ["in one thread", 600_000, 1],
  ["in two threads", 600_000, 2],
])("tells of progress up to the last world, %s", async (_, worlds, threads) => {
  const told: Progress[] = [];
  await simulate(randomTopology(7, 9), { worlds, seed: 3, threads, onProgress: (progress) => told.push(progress) });
  expect(told[0]).toEqual({ run: "risks", done: 0, total: worlds });
  for (const run of ["risks", "impacts"]) {
    const done = told.filter((progress) => progress.run === run).map((progress) => progress.done);
    expect(done).toEqual([...done].sort((x, y) => x - y));
    expect(done.at(-1)).toBe(worlds);
  }
});

const one = (prior: number): Topology => ({
  directed: true,
  graph: { utilisationLimit: 1 },
  services: [{ id: "s", reserved: 0, collapse: 1 }],
  domains: [],
  nodes: [{ id: "a", service: "s", criticality: 1, prior }],
  links: [],
});

function events(prior: number, from: number, to: number): number[] {
  const worlds: number[] = [];
  forEachCausedWorld(compile(one(prior)), 5, from, to, (world) => worlds.push(world));
  return worlds;
}

it("a lower prior's events are a subset of a higher one's, and a part of a run has the same events", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (p, q) => {
      const all = new Set(events(Math.max(p, q), 0, 3000));
      expect(events(Math.min(p, q), 0, 3000).filter((world) => !all.has(world))).toEqual([]);
      expect(events(p, 1000, 3000)).toEqual(events(p, 0, 3000).filter((world) => world >= 1000));
    }),
    { numRuns: 60, seed: 1 },
  );
});

it.each([1, 0.7, 0.5, 0.3, 0.01, 1e-4])("a cause of prior %d fires in that part of the worlds", (prior) => {
  const worlds = 1_000_000;
  const seen = events(prior, 0, worlds).length;
  const variance = worlds * prior * (1 - prior);
  if (variance === 0) expect(seen).toBe(worlds);
  else expect((seen - worlds * prior) ** 2 / variance).toBeLessThan(4.5 ** 2);
});

it("paths to an instance sum to its risk, which is that of the marginal run", () => {
  for (let number = 1; number <= 30; number++) {
    const topology = randomTopology(number, 8);
    const options = { worlds: 2000, seed: number };
    const risks = marginalRisks(topology, options);
    for (const { id } of topology.nodes) {
      const { risk, pathsTo, otherTo } = explain(topology, id, { ...options, paths: 2 });
      expect(risk).toEqual(risks.get(id));
      expect(pathsTo.reduce((sum, path) => sum + path.probability, otherTo)).toBeCloseTo(risk.risk, 12);
      for (const path of pathsTo) {
        expect(path.steps[0]?.rule).toBe("cause");
        expect(path.steps.at(-1)?.id).toBe(id);
      }
    }
  }
});
