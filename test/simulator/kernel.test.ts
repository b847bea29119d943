import { describe, expect, it } from "vitest";
import type { Topology } from "../../graph/types.js";
import { compile, seedCount } from "../../simulator/compile.js";
import { runConditional as runPlainly } from "../../simulator/conditional.js";
import { membersOf, runConditional } from "../../simulator/kernel/conditional.js";
import { KernelEngines } from "../../simulator/kernel/engines.js";
import { runMarginal } from "../../simulator/kernel/marginal.js";
import { runMarginalUntil } from "../../simulator/kernel/precision.js";
import { hasKernel } from "../../simulator/kernel/space.js";
import { runMarginal as runMarginalPlainly } from "../../simulator/marginal.js";
import { runMarginalUntil as runMarginalUntilPlainly } from "../../simulator/precision.js";
import { allSeeds } from "../../simulator/seeds.js";
import { randomTopology } from "./topologies.js";

/** Criticality lost by seed, in some worlds. */
function lossesOf(topology: Topology, engine: "lanes" | "memo", worlds: number): number[] {
  const compiled = compile(topology);
  const kernel = new KernelEngines(compiled, 7, membersOf(compiled, allSeeds(compiled)));
  const total = new Array<number>(seedCount(compiled)).fill(0);
  for (let from = 0; from < worlds; from += 512) {
    kernel.run(engine, from, Math.min(worlds, from + 512));
    for (const [i, sum] of kernel.sums.entries()) total[i % total.length]! += sum;
    kernel.sums.fill(0);
  }
  return total;
}

/** A service of many replicas whose overload depends on which of them are lost, called by clients of two more. */
function crowd(replicas: number): Topology {
  const client = (id: string) => ({ id, service: "web", criticality: 1, capacity: 10, prior: 0 });
  const shares = Array.from({ length: replicas }, (_, r) => 1 + (r % 3));
  const sum = shares.reduce((x, y) => x + y, 0);
  return {
    directed: true,
    graph: { utilisationLimit: 0.9 },
    services: [
      { id: "db", load: replicas * 7, reserved: 3, collapse: 0.7 },
      { id: "web", load: 15, reserved: 0, collapse: 1 },
    ],
    domains: [],
    nodes: [
      ...Array.from({ length: replicas }, (_, r) => ({
        id: `db-${r}`,
        service: "db",
        criticality: 2,
        capacity: 7 + (r % 4),
        host: `h${r % 5}`,
        prior: 0.01,
      })),
      client("web-0"),
      client("web-1"),
    ],
    links: ["web-0", "web-1"].flatMap((source) =>
      shares.map((share, r) => ({ source, target: `db-${r}`, share: share / sum, coupling: 0.8, failover: 0.3 })),
    ),
  };
}

describe("the kernel", () => {
  it("runs on this engine", () => {
    expect(hasKernel()).toBe(true);
  });

  it.each(["lanes", "memo"] as const)(
    "%s: every seed loses what it loses in the plain engine, on random topologies",
    (engine) => {
      for (let number = 1; number <= 150; number++) {
        const topology = randomTopology(number, 4 + (number % 9));
        const worlds = [700, 512, 65][number % 3]!;
        const compiled = compile(topology);
        const plain = runPlainly(compiled, { seed: 7, worlds }, 0, worlds);
        expect(lossesOf(topology, engine, worlds), `topology ${number}`).toEqual(
          Array.from({ length: seedCount(compiled) }, (_, s) => plain.reduce((sum, chunk) => sum + chunk.total[s]!, 0)),
        );
      }
    },
  );

  it.each([6, 7, 20, 31, 32, 33, 70])("a service of %d replicas is overloaded as in the plain engine", (replicas) => {
    const topology = crowd(replicas);
    const compiled = compile(topology);
    const [plain] = runPlainly(compiled, { seed: 7, worlds: 600 }, 0, 600);
    const expected = Array.from(plain!.total);
    expect(expected.some((lost) => lost > 0)).toBe(true);
    expect(lossesOf(topology, "lanes", 600)).toEqual(expected);
    if (replicas <= 31) expect(lossesOf(topology, "memo", 600)).toEqual(expected);
  });

  it("gives the plain engine's sums, means and deviations to the last bit, for all and for chosen seeds", () => {
    for (let number = 1; number <= 40; number++) {
      const topology = randomTopology(number, 9);
      const compiled = compile(topology);
      for (const worlds of [127, 128, 1000, 2048, 2500]) {
        for (const seeds of [undefined, Int32Array.from([0, seedCount(compiled) - 1])]) {
          const options = { seed: number, worlds, seeds };
          expect(runConditional(compiled, options, 0, worlds)).toEqual(runPlainly(compiled, options, 0, worlds));
        }
      }
    }
  });

  it("counts the same failed worlds in the marginal run, with hosts and zones as causes, in parts as in one", () => {
    const topologies = [...Array.from({ length: 80 }, (_, i) => randomTopology(i + 1, 4 + (i % 9))), crowd(40)];
    for (const topology of topologies) {
      const compiled = compile(topology);
      const plain = runMarginalPlainly(compiled, 5, 0, 3000);
      expect(runMarginal(compiled, 5, 0, 3000)).toEqual(plain);
      expect(runMarginal(compiled, 5, 1024, 3000)).toEqual(runMarginalPlainly(compiled, 5, 1024, 3000));
    }
  });

  it("counts them where more fails by itself than is put into the kernel at once", () => {
    const nodes = Array.from({ length: 2000 }, (_, i) => ({
      id: `i${i}`,
      service: "s",
      criticality: 1,
      prior: 0.9,
      host: `h${i % 3}`,
    }));
    const compiled = compile({
      directed: true,
      graph: { utilisationLimit: 1 },
      services: [{ id: "s", reserved: 0, collapse: 1 }],
      domains: [{ kind: "host", id: "h0", prior: 0.9 }],
      nodes,
      links: [],
    });
    expect(runMarginal(compiled, 5, 0, 300)).toEqual(runMarginalPlainly(compiled, 5, 0, 300));
  });

  it("counts them where more clients depend on a service than are asked for at once", () => {
    const ids = (service: string, count: number) => Array.from({ length: count }, (_, i) => `${service}-${i}`);
    const coins = [
      { coupling: 0.5, failover: 0.3 },
      { coupling: 1, failover: 0 },
      { coupling: 1, failover: 0.6 },
      { coupling: 0.7, failover: 1 },
    ];
    const links = ["db", "cache"].flatMap((service) =>
      ids("web", 1100).flatMap((source, i) =>
        ids(service, 3).map((target) => ({ source, target, share: 1 / 3, ...coins[i % coins.length]! })),
      ),
    );
    const compiled = compile({
      directed: true,
      graph: { utilisationLimit: 1 },
      services: ["web", "db", "cache"].map((id) => ({ id, reserved: 0, collapse: 1 })),
      domains: [{ kind: "host", id: "h", prior: 0.1 }],
      nodes: [
        ...ids("web", 1100).map((id, i) => ({ id, service: "web", criticality: 1, prior: i < 300 ? 0.001 : 0 })),
        ...["db", "cache"].flatMap((service) =>
          ids(service, 3).map((id) => ({ id, service, criticality: 1, prior: 0.2, host: "h" })),
        ),
      ],
      links,
    });
    expect(runMarginal(compiled, 5, 0, 700)).toEqual(runMarginalPlainly(compiled, 5, 0, 700));
  });

  it("ends a run to a precision in the same world, with the same counts", () => {
    for (let number = 1; number <= 12; number++) {
      const compiled = compile(randomTopology(number, 9));
      for (const [precision, most] of [
        [0.02, 100_000],
        [0.004, 3000],
      ] as const) {
        const plain = runMarginalUntilPlainly(compiled, 5, precision, most);
        expect(runMarginalUntil(compiled, 5, precision, most)).toEqual(plain);
      }
    }
  });

  it("takes worlds in any order and more than once", () => {
    const compiled = compile(crowd(9));
    const kernel = new KernelEngines(compiled, 7, membersOf(compiled, allSeeds(compiled)));
    const run = (engine: "lanes" | "memo", from: number) => {
      kernel.sums.fill(0);
      kernel.run(engine, from, from + 512);
      return Array.from(kernel.sums);
    };
    const first = run("memo", 0);
    const other = run("lanes", 512);
    expect(other).not.toEqual(first);
    expect(run("lanes", 0)).toEqual(first);
    expect(run("memo", 512)).toEqual(other);
    expect(run("memo", 0)).toEqual(first);
  });
});
