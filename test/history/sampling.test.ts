import { expect, it } from "vitest";
import { randomNumbers } from "../../bench/random.js";
import { buildGraph } from "../../graph/build.js";
import { defaultEstimates } from "../../graph/estimate.js";
import { readEdges } from "../../history/edges.js";
import { midnight, windowOf, withRows } from "./flowTable.js";

const sampling = 0.01;
const hours = 24;
const window = { from: midnight, to: midnight + hours * 3600, halfLife: 6 * 3600, interval: 300 };

/**
 * A system of 300 services with 1,500 dependencies whose calls an hour are spread over five orders of magnitude, and what
 * a tracer that keeps one call in a hundred sees of it.
 */
function simulateTruth(seed: number) {
  const random = randomNumbers(seed);
  const truth = new Map<string, { calls: number; decayed: number }>();
  const rows = [];
  while (truth.size < 1500) {
    const client = `s${Math.floor(random() * 300)}`;
    const server = `s${Math.floor(random() * 300)}`;
    if (client === server || truth.has(`${client} ${server}`)) continue;
    const perHour = 10 ** (-0.5 + 5 * random());
    let calls = 0;
    let decayed = 0;
    for (let hour = 0; hour < hours; hour++) {
      const made = drawBinomial(random, Math.ceil(perHour * 2), 0.5);
      const kept = drawBinomial(random, made, sampling);
      const start = midnight + hour * 3600;
      const weight = 2 ** (-(window.to - start - 60) / window.halfLife);
      calls += made;
      decayed += made * weight;
      if (kept > 0) rows.push({ start, client, server, requests: kept, connections: kept, sampling, source: "otlp" });
    }
    truth.set(`${client} ${server}`, { calls, decayed });
  }
  return { truth, rows };
}

/** By coins where few, else by the normal distribution. */
function drawBinomial(random: () => number, n: number, p: number): number {
  if (n > 2000) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.min(n, Math.max(0, Math.round(n * p + normal * Math.sqrt(n * p * (1 - p)))));
  }
  let hits = 0;
  for (let i = 0; i < n; i++) hits += random() < p ? 1 : 0;
  return hits;
}

it.each([1, 2, 3])(
  "traffic sampled at 1 %% still shows 95 %% of the dependencies that carry 99 %% of calls, with intervals that hold (seed %i)",
  async (seed) => {
    const { truth, rows } = simulateTruth(seed);
    const edges = await withRows(rows, async (d) => readEdges(d, await windowOf(d, window), undefined, window));
    const traffic = { window, halfLife: window.halfLife, rows: rows.length, edges, peaks: [], failovers: [] };
    const graph = buildGraph(traffic, { instances: [], services: [], domains: [] }, defaultEstimates);
    const found = new Map(graph.dependencies.map((d) => [`${d.client} ${d.service}`, d]));

    const all = [...truth.values()].reduce((sum, t) => sum + t.calls, 0);
    const heaviest = [...truth].sort(([, a], [, b]) => b.calls - a.calls);
    let carried = 0;
    const carrying = heaviest.filter(([, t]) => {
      const needed = carried < 0.99 * all;
      carried += t.calls;
      return needed;
    });
    const shown = carrying.filter(([key]) => found.has(key)).length;
    expect(shown / carrying.length).toBeGreaterThanOrEqual(0.95);

    const judged = [...truth].flatMap(([key, t]) => {
      const volume = found.get(key)?.volume;
      return volume === undefined ? [] : [{ volume, decayed: t.decayed }];
    });
    expect(judged.length).toBeGreaterThan(carrying.length);
    expect(judged.every(({ volume }) => volume.unit === "requests")).toBe(true);
    const covered = judged.filter(({ volume, decayed }) => volume.low <= decayed && decayed <= volume.high).length;
    expect(covered / judged.length).toBeGreaterThan(0.85);
    expect(covered / judged.length).toBeLessThan(0.95);
  },
);
