import type { Random } from "./random.js";

/** A change to a text; `other` is a second sample to take pieces from. Byte values are those of Latin-1. */
type Mutation = (text: string, random: Random, other: string) => string;

/** Numbers at and past the edges of what a field can hold. */
export const extremeNumbers = [
  "0",
  "-0",
  "-1",
  "1e308",
  "1e-320",
  "1e999",
  "-1e999",
  "NaN",
  "Infinity",
  "4294967295",
  "4294967296",
  "9007199254740993",
  "18446744073709551616",
  "99999999999999999999999999",
  "0.1",
  "1e3",
  "0x10",
  "007",
  "946684799",
  "4102444800",
  "1653999999999",
  "1653999999999999999",
];

/** Texts that break careless readers: no character, control characters, look-alikes, half of a pair, very long names. */
export const oddTexts = [
  "",
  " ",
  "\u0000",
  "\u0007\u001b[31m",
  "\uFEFF",
  "\u202E",
  "\u00e9\u0301",
  "\u{1F525}",
  "\uD800",
  "\u2028",
  "__proto__",
  "constructor",
  "toString",
  "::1",
  "fe80::1%eth0",
  "256.1.1.1",
  "-",
  '"',
  "'; DROP TABLE flows; --",
  "2026-02-30T25:61:61Z",
  "a".repeat(5000),
];

/** A piece of the text: where it starts and ends, mostly short. */
function pieceOf(text: string, random: Random): readonly [number, number] {
  const start = random.below(text.length + 1);
  const length = random.below(random.pick([2, 8, 64, text.length + 1]));
  return [start, Math.min(text.length, start + length)];
}

function onLines(text: string, change: (lines: string[]) => void): string {
  const lines = text.split("\n");
  change(lines);
  return lines.join("\n");
}

function swap(items: string[], a: number, b: number): void {
  [items[a], items[b]] = [items[b] ?? "", items[a] ?? ""];
}

const separators = /([\s,;=|]+)/;

/** Every mutation of plain text. */
const mutations: readonly Mutation[] = [
  // A bit of a byte flips.
  (text, random) => {
    const at = random.below(text.length);
    const flipped = String.fromCharCode((text.charCodeAt(at) ^ (1 << random.below(8))) & 0xff);
    return text.slice(0, at) + flipped + text.slice(at + 1);
  },
  // The end is missing, or the beginning.
  (text, random) => text.slice(0, random.below(text.length)),
  (text, random) => text.slice(random.below(text.length)),
  // A piece is missing, comes twice, or is of another file.
  (text, random) => {
    const [start, end] = pieceOf(text, random);
    return text.slice(0, start) + text.slice(end);
  },
  (text, random) => {
    const [start, end] = pieceOf(text, random);
    return text.slice(0, end) + text.slice(start);
  },
  (text, random, other) => {
    const at = random.below(text.length + 1);
    const [start, end] = pieceOf(other, random);
    return text.slice(0, at) + other.slice(start, end) + text.slice(at);
  },
  // A number becomes an extreme one.
  (text, random) => {
    const numbers = [...text.matchAll(/-?\d+(?:\.\d+)?/g)];
    if (numbers.length === 0) return text;
    const found = random.pick(numbers);
    return text.slice(0, found.index) + random.pick(extremeNumbers) + text.slice(found.index + found[0].length);
  },
  // An odd text comes in between.
  (text, random) => {
    const at = random.below(text.length + 1);
    return text.slice(0, at) + random.pick(oddTexts) + text.slice(at);
  },
  // Lines trade places, come twice, are glued together or become very long.
  (text, random) => onLines(text, (lines) => swap(lines, random.below(lines.length), random.below(lines.length))),
  (text, random) => onLines(text, (lines) => lines.splice(random.below(lines.length), 0, random.pick(lines))),
  (text, random) => onLines(text, (lines) => lines.splice(random.below(lines.length), 2, lines.slice(0, 2).join(""))),
  (text, random) =>
    onLines(text, (lines) => {
      const at = random.below(lines.length);
      lines[at] = (lines[at] ?? "").repeat(1 + Math.floor(200_000 / ((lines[at] ?? "").length + 1)));
    }),
  // Fields of a line trade places, come twice, or are replaced.
  (text, random) =>
    onLines(text, (lines) => {
      const at = random.below(lines.length);
      const fields = (lines[at] ?? "").split(separators);
      const field = random.below(fields.length);
      const change = random.below(3);
      if (change === 0) swap(fields, field, random.below(fields.length));
      else if (change === 1) fields.splice(field, 0, ...fields.slice(field, field + 2));
      else fields[field] = random.pick(oddTexts);
      lines[at] = fields.join("");
    }),
];

/** Changes a text in one way. */
export function mutateText(text: string, random: Random, other: string): string {
  return random.pick(mutations)(text, random, other);
}
