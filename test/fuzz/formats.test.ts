import { describe, expect, it } from "vitest";
import type { TextFormat } from "../../history/format.js";
import { feed, fuzzedFormats } from "./feed.js";
import { fuzz } from "./fuzz.js";
import { samplesOf } from "./samples.js";

const inputs = 400;

describe.each(fuzzedFormats)("$name, fuzzed", (format) => {
  it("has samples, of which its parser accepts records and rejects none", () => {
    const samples = samplesOf(format.name);
    expect(samples).not.toEqual([]);
    const fed = samples.map((sample) => feed(format, sample.bytes));
    expect(fed.filter((f) => f.fault !== undefined || f.refused || f.rejected > 0)).toEqual([]);
    expect(fed.reduce((sum, f) => sum + f.accepted, 0)).toBeGreaterThan(0);
  });

  it(`answers ${inputs} mutated samples with flows that keep the laws, skips and rejects`, () => {
    const fuzzed = fuzz(format, 1, (n) => n >= inputs);
    expect(fuzzed.failure && { ...fuzzed.failure, input: fuzzed.failure.input.toString().slice(0, 2000) }).toBe(
      undefined,
    );
    expect(fuzzed.accepted).toBeGreaterThan(0);
    expect(fuzzed.rejected + fuzzed.refused).toBeGreaterThan(0);
  });
});

/** Parsers with one fault each, to see that the fuzzer finds it. */
const flow = {
  ...{ start: 1_700_000_000, end: 1_700_000_060, client: "a", server: "b", clientPort: null, serverPort: null },
  ...{ protocol: null, requests: 1, connections: 1, bytes: 0, failed: null, sampling: 1, observer: "o" },
  ...{ outcome: "accepted", undecided: false },
} as const;
const text = (parse: (line: string) => object): TextFormat =>
  ({ kind: "text", name: "edges-csv", detect: () => true, open: () => ({ headerLines: 0, parse }) }) as TextFormat;

describe("the fuzzer finds", () => {
  it.each<[string, (line: string) => object, string]>([
    [
      "a throw",
      (line) => ({ flow: { ...flow, bytes: BigInt(line.length) + (line.length as never) } }),
      "throws TypeError",
    ],
    ["an end before its start", (line) => ({ flow: { ...flow, end: Number(line.length) } }), "end is after start"],
    ["an amount that is none", (line) => ({ flow: { ...flow, bytes: Number(line) } }), "bytes are an amount"],
    ["a name that is empty", (line) => ({ flow: { ...flow, client: line.trim().slice(9999) } }), "names or null"],
    ["an outcome of another word", (line) => ({ flow: { ...flow, outcome: line } }), "outcome is accepted or rejected"],
    ["a reason without end", (line) => ({ reject: line.repeat(1000) }), "a reason is short"],
    ["a record that takes long", (line) => slow(line), "for one record"],
  ])("%s", (_, parse, fault) => {
    expect(fuzz(text(parse), 1, (n) => n >= 2000).failure?.fault).toContain(fault);
  });

  it("a regular expression that never ends, and stops it", () => {
    const endless = text((line) => (/^(a+)+$/.test(line) ? { flow } : { reject: "is no a" }));
    expect(feed(endless, Buffer.from(`${"a".repeat(50)}!`), 0.2).fault).toBe("hangs for 0.2 s");
  });

  it("the same fault again from the same seed, and makes its input small", () => {
    const faulty = text((line) => (line.includes("\u0007") ? null! : { flow }));
    const once = fuzz(faulty, 7, (n) => n >= 2000).failure;
    expect(fuzz(faulty, 7, (n) => n >= 2000).failure).toEqual(once);
    expect(once?.input.length).toBeLessThan(10);
  });
});

function slow(line: string): object {
  const before = process.cpuUsage();
  const seconds = () => (process.cpuUsage(before).user + process.cpuUsage(before).system) / 1e6;
  while (line.length > 200 && seconds() < 1.1);
  return { flow };
}
