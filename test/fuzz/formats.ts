import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { feed, fuzzedFormats } from "./feed.js";
import { type Fuzzed, fuzz } from "./fuzz.js";

const usage = `npx tsx test/fuzz/formats.ts [FORMAT...] [--minutes 10] [--seed 1] [--inputs N] [--replay FILE]

Mutates the samples of test/history/samples/ and feeds them to the formats' parsers: all of them, or those named.
--minutes   for how long, shared evenly by the formats
--inputs    how many mutated inputs a format, in place of a time
--replay    reads one file, such as a failing input that was saved, in place of mutations
Exits with 1 where a parser throws, gives a flow that breaks a law, or takes more than a second for a record.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    inputs: { type: "string" },
    replay: { type: "string" },
    help: { type: "boolean" },
  },
});

const unknown = positionals.filter((name) => !fuzzedFormats.some((f) => f.name === name));
const numbers = [values.minutes, values.seed, values.inputs ?? "1"].map(Number);
if (values.help || unknown.length > 0 || !numbers.every((n) => Number.isFinite(n) && n >= 0)) {
  if (unknown.length > 0)
    console.error(`unknown: ${unknown.join(" ")}; formats: ${fuzzedFormats.map((f) => f.name)}\n`);
  console.error(usage);
  process.exit(values.help ? 0 : 2);
}
const chosen = positionals.length === 0 ? fuzzedFormats : fuzzedFormats.filter((f) => positionals.includes(f.name));
const [minutes = 10, seed = 1] = numbers;

let faults = 0;
for (const format of chosen) {
  if (values.replay !== undefined) {
    const fed = feed(format, readFileSync(values.replay));
    console.log(`${format.name}: ${JSON.stringify(fed)}`);
    if (fed.fault !== undefined) faults++;
    continue;
  }
  const end = Date.now() + (minutes * 60_000) / chosen.length;
  const fuzzed = fuzz(format, seed, (inputs) =>
    values.inputs === undefined ? Date.now() >= end : inputs >= Number(values.inputs),
  );
  console.log(report(fuzzed));
  if (fuzzed.failure !== undefined) faults++;
}
process.exitCode = faults > 0 ? 1 : 0;

function report({ format, inputs, accepted, skipped, rejected, refused, failure }: Fuzzed): string {
  const counts = `${format}: ${inputs} inputs, seed ${seed}: ${accepted} records accepted, ${skipped} skipped, ${rejected} rejected, ${refused} inputs refused`;
  if (failure === undefined) return counts;
  const folder = join(tmpdir(), "firebreak-fuzz");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${format}-${seed}-${failure.index}`);
  writeFileSync(file, failure.input);
  return `${counts}\n  FAULT at input ${failure.index}: ${failure.fault}\n  replay: npx tsx test/fuzz/formats.ts ${format} --replay ${file}`;
}
