import { expect, it } from "vitest";
import { simulateHere } from "../../simulator/simulate.js";
import { type Coins, dependenciesOf, naiveFixpoint, randomTopology } from "./topologies.js";

const WORLDS = 100_000;

interface Outcome {
  readonly weight: number;
  readonly coins: Coins;
}

/** Every outcome of needs, sticky, choice and collapse, with its probability. */
function outcomes(topology: ReturnType<typeof randomTopology>): Outcome[] {
  let all: Outcome[] = [{ weight: 1, coins: { needs: [], stuckTo: [], collapses: new Map() } }];
  const branch = (next: (o: Outcome) => Outcome[]) => {
    all = all.flatMap(next).filter((o) => o.weight > 0);
  };
  for (const { links } of dependenciesOf(topology)) {
    const { coupling, failover } = links[0]!;
    const option = ({ weight, coins }: Outcome, p: number, needs: boolean, stuck?: string): Outcome => ({
      weight: weight * p,
      coins: { ...coins, needs: [...coins.needs, needs], stuckTo: [...coins.stuckTo, stuck] },
    });
    branch((o) => [
      option(o, 1 - coupling, false),
      option(o, coupling * failover, true),
      ...links.map((link) => option(o, coupling * (1 - failover) * link.share, true, link.target)),
    ]);
  }
  for (const service of topology.services) {
    if (service.load === undefined) continue;
    branch(({ weight, coins }) =>
      [true, false].map((fires) => ({
        weight: weight * (fires ? service.collapse : 1 - service.collapse),
        coins: { ...coins, collapses: new Map(coins.collapses).set(service.id, fires) },
      })),
    );
  }
  return all;
}

/** Every set of causes, with its probability, as the instances that it fails. */
function causeSets(topology: ReturnType<typeof randomTopology>): Map<string, number> {
  const causes = [
    ...topology.nodes.map((n) => ({ prior: n.prior, members: [n.id] })),
    ...topology.domains.map((d) => ({
      prior: d.prior,
      members: topology.nodes.filter((n) => n[d.kind] === d.id).map((n) => n.id),
    })),
  ];
  let sets = new Map([["", 1]]);
  for (const { prior, members } of causes) {
    const next = new Map<string, number>();
    for (const [set, weight] of sets) {
      const hit = [...new Set([...set.split(" ").filter(Boolean), ...members])].sort().join(" ");
      next.set(hit, (next.get(hit) ?? 0) + weight * prior);
      next.set(set, (next.get(set) ?? 0) + weight * (1 - prior));
    }
    sets = new Map([...next].filter(([, weight]) => weight > 0));
  }
  return sets;
}

const within = (seen: number, exact: number, what: string) => {
  const error = Math.sqrt((exact * (1 - exact)) / WORLDS);
  if (Math.abs(seen - exact) > 4.5 * error + 1e-9) expect.fail(`${what}: ${seen}, exactly ${exact}, se ${error}`);
};

it("agrees with enumeration of all coins on 200 random topologies, within 4.5 standard errors", {
  timeout: 600_000,
}, async () => {
  let checked = 0;
  for (let number = 1; number <= 200; number++) {
    // The runner gives a test up that does not let it speak for a minute.
    await new Promise((resolve) => setImmediate(resolve));
    const topology = randomTopology(number);
    const dependencies = dependenciesOf(topology);
    const all = outcomes(topology);
    const result = simulateHere(topology, { worlds: WORLDS, seed: 77 + number, matrix: true });
    const exact = (seeds: readonly string[]) => {
      const chance = new Map<string, number>();
      for (const { weight, coins } of all) {
        for (const id of naiveFixpoint(topology, dependencies, coins, seeds)) {
          chance.set(id, (chance.get(id) ?? 0) + weight);
        }
      }
      return chance;
    };
    const seedSets: [string, string[]][] = topology.nodes.map((n) => [n.id, [n.id]]);
    for (const { kind, id } of result.domains) {
      seedSets.push([`${kind}/${id}`, topology.nodes.filter((n) => n[kind] === id).map((n) => n.id)]);
    }
    for (const [name, seeds] of seedSets) {
      const chance = exact(seeds);
      for (const { id } of topology.nodes) {
        if (seeds.includes(id)) continue;
        within(
          result.conditional?.[name]?.[id] ?? 0,
          Math.min(1, chance.get(id) ?? 0),
          `${number}: ${id} given ${name}`,
        );
        checked += 1;
      }
    }
    const risk = new Map<string, number>();
    for (const [set, weight] of causeSets(topology)) {
      for (const [id, p] of exact(set.split(" ").filter(Boolean))) risk.set(id, (risk.get(id) ?? 0) + weight * p);
    }
    for (const { id, risk: seen } of result.instances) {
      within(seen, Math.min(1, risk.get(id) ?? 0), `${number}: risk of ${id}`);
      checked += 1;
    }
  }
  expect(checked).toBeGreaterThan(2000);
});
