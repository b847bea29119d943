import { readFileSync } from "node:fs";
import { readTopology } from "../../graph/topology.js";
import { compile } from "../../simulator/compile.js";
import { engines } from "../engines.js";
import { RUN_SEED, timeOf } from "../measure.js";

// npx tsx bench/peers/ours.ts TOPOLOGY SEEDS FROM WORLDS BATCH: our engines on what the peers run. SEEDS is a JSON list
// of instance ids, FROM the first world. Prints, an engine: seconds on one thread, and the mean blast of each batch.
const GROUP = 512;

const [topologyFile, seedsFile, from, worlds, batch] = process.argv.slice(2);
const BATCH = Number(batch);
if (
  topologyFile === undefined ||
  seedsFile === undefined ||
  !(BATCH > 0 && BATCH % GROUP === 0 && Number(from) % BATCH === 0 && Number(worlds) % BATCH === 0)
) {
  throw new RangeError(
    "expected: npx tsx bench/peers/ours.ts TOPOLOGY SEEDS FROM WORLDS BATCH, the worlds in multiples of the batch, " +
      `and that of ${GROUP}`,
  );
}
const compiled = compile(readTopology(JSON.parse(readFileSync(topologyFile, "utf8")), topologyFile));
const places = new Map(compiled.instanceIds.map((id, i) => [id, i]));
const ids = JSON.parse(readFileSync(seedsFile, "utf8")) as string[];
const seeds = Int32Array.from(ids, (id) => {
  const place = places.get(id);
  if (place === undefined) throw new RangeError(`${seedsFile}: ${id} is no instance of ${topologyFile}`);
  return place;
});

const [, ...fast] = engines;
const results = fast.map(({ name, run }) => {
  run(compiled, seeds, RUN_SEED, 0, BATCH);
  const means: number[] = [];
  const seconds = timeOf(() => {
    for (let start = Number(from); start < Number(from) + Number(worlds); start += BATCH) {
      means.push(run(compiled, seeds, RUN_SEED, start, start + BATCH) / BATCH / seeds.length);
    }
  });
  return { name: `firebreak (${name})`, seconds, worlds: Number(worlds), means };
});
console.log(JSON.stringify(results));
