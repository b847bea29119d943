import { describe, expect, it } from "vitest";
import type { Topology } from "../../graph/types.js";
import { InputError } from "../../input/problems.js";
import { compile, seedCount, seedName } from "../../simulator/compile.js";
import { runConditional } from "../../simulator/conditional.js";
import { simulate } from "../../simulator/pool.js";
import { simulateHere } from "../../simulator/simulate.js";
import { generator, randomTopology } from "./topologies.js";

describe("chosen seeds", () => {
  it("have the impact and the row of a run of all, and risks are of everyone", () => {
    for (let number = 1; number <= 40; number++) {
      const topology = randomTopology(number, 9);
      const t = compile(topology);
      const random = generator(number);
      const names = Array.from({ length: seedCount(t) }, (_, seed) => seedName(t, seed)).filter(() => random() < 0.4);
      const options = { worlds: 1500, seed: number, matrix: true };
      const all = simulateHere(topology, options);
      const some = simulateHere(topology, { ...options, seeds: [...names, ...names].reverse() });
      expect(some.instances).toEqual(
        all.instances.map(({ impact, impactLow, impactHigh, ...rest }) =>
          names.includes(rest.id) ? { ...rest, impact, impactLow, impactHigh } : rest,
        ),
      );
      expect(some.domains).toEqual(all.domains.filter(({ kind, id }) => names.includes(`${kind}/${id}`)));
      expect(some.conditional).toEqual(
        Object.fromEntries(Object.entries(all.conditional!).filter(([name]) => names.includes(name))),
      );
    }
  });

  it("are the same bytes on 1, 2 and 3 threads", async () => {
    const options = { worlds: 600_000, seed: 3, matrix: true, seeds: ["i1", "host/h0", "i0", "i2"] };
    const topology = randomTopology(7, 9);
    const one = JSON.stringify(simulateHere(topology, options));
    for (const threads of [1, 2, 3]) {
      expect(JSON.stringify(await simulate(topology, { ...options, threads }))).toBe(one);
    }
  });

  it("that are not in the topology are all named by the error", async () => {
    const run = simulate(randomTopology(7, 9), { worlds: 10, seed: 1, seeds: ["i0", "nobody", "host/h9"] });
    const error = await run.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).problems.map(({ place, message }) => `${place}: ${message}`)).toEqual([
      expect.stringContaining('seeds[1]: "nobody" is not in the topology'),
      expect.stringContaining('seeds[2]: "host/h9" is not in the topology'),
    ]);
  });

  it("may be none: risks alone", () => {
    const topology = randomTopology(7, 9);
    const { instances, domains } = simulateHere(topology, { worlds: 2000, seed: 1, seeds: [] });
    const all = simulateHere(topology, { worlds: 2000, seed: 1 });
    expect(instances).toEqual(
      all.instances.map(({ id, risk, riskLow, riskHigh }) => ({ id, risk, riskLow, riskHigh })),
    );
    expect(domains).toEqual([]);
  });
});

it("splits a system too large to count all pairs at once by seeds, which changes nothing", () => {
  const pairs = 4500;
  const nodes = Array.from({ length: 2 * pairs }, (_, i) => ({
    id: `i${i}`,
    service: `s${i}`,
    criticality: 1,
    prior: 0,
  }));
  const topology: Topology = {
    directed: true,
    graph: { utilisationLimit: 1 },
    services: nodes.map(({ service }) => ({ id: service, reserved: 0, collapse: 1 })),
    domains: [],
    nodes,
    links: Array.from({ length: pairs }, (_, i) => ({
      source: `i${i}`,
      target: `i${i + pairs}`,
      share: 1,
      coupling: 0.5,
      failover: 0,
    })),
  };
  const t = compile(topology);
  const [whole] = runConditional(t, { worlds: 4, seed: 1, matrix: true }, 0, 4);
  expect(whole!.rows!.start.at(-1)).toBeGreaterThan(pairs / 2);
  for (const seed of [0, 1, 4000, 7455, 7456, 7457, 7458, 8999]) {
    const [alone] = runConditional(t, { worlds: 4, seed: 1, matrix: true, seeds: Int32Array.of(seed) }, 0, 4);
    const [from, to] = [whole!.rows!.start[seed], whole!.rows!.start[seed + 1]];
    expect(whole!.rows!.victims.slice(from, to)).toEqual(alone!.rows!.victims);
    expect(whole!.rows!.counts.slice(from, to)).toEqual(alone!.rows!.counts);
    expect(whole!.total[seed]).toBe(alone!.total[0]);
    expect(whole!.deviations[seed]).toBe(alone!.deviations[0]);
  }
});
