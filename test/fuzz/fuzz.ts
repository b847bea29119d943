import type { JsonFormat, TextFormat } from "../../history/format.js";
import { feed, fuzzedFormats } from "./feed.js";
import { mutateJson } from "./mutateJson.js";
import { mutateText } from "./mutateText.js";
import { openRandom } from "./random.js";
import { samplesOf } from "./samples.js";

/** A whole fuzz of one format. */
export interface Fuzzed {
  readonly format: string;
  readonly inputs: number;
  readonly accepted: number;
  readonly skipped: number;
  readonly rejected: number;
  /** Inputs that were refused as a whole. */
  readonly refused: number;
  /** The first input that a parser failed on, as small as it could be made. */
  readonly failure?: { readonly index: number; readonly fault: string; readonly input: Buffer };
}

/** Longer inputs are cut: time goes into many, not into long ones. */
const longestInput = 4_000_000;

/**
 * Feeds mutated samples to a format until `done` or the first fault. Input `index` depends on format, seed and index alone.
 * Samples of every format serve to splice from, so that a parser also meets what is another's.
 */
export function fuzz(format: TextFormat | JsonFormat, seed: number, done: (inputs: number) => boolean): Fuzzed {
  const samples = samplesOf(format.name).map((s) => s.bytes.toString("latin1"));
  if (samples.length === 0) throw new Error(`test/history/samples/${format.name}/ holds no sample; add a real one`);
  const others = fuzzedFormats.flatMap((f) => samplesOf(f.name).map((s) => s.bytes.toString("latin1")));
  const counts = { accepted: 0, skipped: 0, rejected: 0, refused: 0 };
  let index = 0;
  for (; !done(index); index++) {
    const input = inputOf(samples, others, `${format.name} ${seed} ${index}`);
    const fed = feed(format, input);
    counts.accepted += fed.accepted;
    counts.skipped += fed.skipped;
    counts.rejected += fed.rejected;
    if (fed.refused) counts.refused++;
    if (fed.fault !== undefined) {
      const smallest = fed.slow ? { input, fault: fed.fault } : shrink(format, input, fed.fault);
      const failure = { index, ...smallest };
      return { format: format.name, inputs: index + 1, ...counts, failure };
    }
  }
  return { format: format.name, inputs: index, ...counts };
}

function inputOf(samples: readonly string[], others: readonly string[], seed: string): Buffer {
  const random = openRandom(seed);
  let text = random.pick(samples);
  for (let left = 1 + random.below(4); left > 0; left--) {
    const json = random.below(3) > 0 ? mutateJson(text, random) : undefined;
    text = (json === undefined ? mutateText(text, random, random.pick(others)) : latin1(json)).slice(0, longestInput);
  }
  return Buffer.from(text, "latin1");
}

/** Mutations work on bytes, one a character; what a JSON mutation put in is encoded first. */
const latin1 = (text: string) =>
  /[^\0-\xff]/.test(text) ? text.replace(/[^\0-\xff]+/g, (odd) => Buffer.from(odd, "utf8").toString("latin1")) : text;

const shrinkAttempts = 400;

/** Takes away pieces, halves first, as long as the input stays faulty. */
function shrink(format: TextFormat | JsonFormat, input: Buffer, fault: string): { input: Buffer; fault: string } {
  let smallest = { input, fault };
  let attempts = 0;
  for (let size = Math.ceil(input.length / 2); size >= 1 && attempts < shrinkAttempts; size = Math.floor(size / 2)) {
    for (let at = 0; at < smallest.input.length && attempts < shrinkAttempts; attempts++) {
      const shorter = Buffer.concat([smallest.input.subarray(0, at), smallest.input.subarray(at + size)]);
      const fed = feed(format, shorter);
      if (fed.fault === undefined) at += size;
      else smallest = { input: shorter, fault: fed.fault };
    }
  }
  return smallest;
}
