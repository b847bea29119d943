import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openDatabase, quoted } from "../../history/parquet.js";
import type { Span } from "../../history/span.js";
import { openStage } from "../../history/stage.js";
import { testFolder } from "./flowLogs.js";
import { minute, span } from "./spans.js";

const folder = testFolder();

/** Calls of one client, server, minute and sampling: how many were seen, and how many of them failed. */
interface Calls {
  readonly start: number;
  readonly client: string | null;
  readonly server: string;
  readonly requests: number;
  readonly failed: number | null;
  readonly sampling: number;
}

/** The flows that a file of these spans gives, sorted. */
async function paired(spans: readonly Span[], counted?: string): Promise<Calls[]> {
  const own = mkdtempSync(join(folder, "stage-"));
  const stage = await openStage(own, counted);
  try {
    for (const s of spans) stage.appendSpan(s);
    await stage.settle("otlp");
    const paths = (await stage.writeDays(own, "otlp", 300)).filter((f) => f.kind === "raw").map((f) => quoted(f.path));
    if (paths.length === 0) return [];
    const database = await openDatabase({ threads: 1 });
    try {
      const rows = await database.rows(
        `SELECT start, client, server, requests, failed, sampling, "end" - start AS seconds, connections, observer
         FROM read_parquet([${paths.join()}])`,
      );
      for (const row of rows) {
        expect(row).toMatchObject({ seconds: 60, connections: row.requests, observer: "otlp" });
      }
      return sorted(
        rows.map((row) => ({
          start: Number(row.start),
          client: row.client as string | null,
          server: String(row.server),
          requests: Number(row.requests),
          failed: row.failed === null ? null : Number(row.failed),
          sampling: Number(row.sampling),
        })),
      );
    } finally {
      database.close();
    }
  } finally {
    stage.close();
  }
}

const sorted = (calls: Calls[]) => calls.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

const client = (values: Partial<Span> = {}) => span({ id: "c", kind: "client", ...values });
const server = (values: Partial<Span> = {}) => span({ id: "s", parent: "c", name: "b", kind: "server", ...values });
const call = (values: Partial<Calls> = {}): Calls => ({
  ...{ start: minute, client: "a", server: "b", requests: 1, failed: 0, sampling: 1 },
  ...values,
});

const cases: [string, Span[], Calls[]][] = [
  ["a client's span and the server's below it are one call", [client(), server()], [call()]],
  [
    "a producer's span and a consumer's are one call, and each consumer's is its own",
    [client({ kind: "producer" }), server({ kind: "consumer" }), server({ id: "s2", kind: "consumer", name: "d" })],
    [call(), call({ server: "d" })],
  ],
  [
    "a service that calls itself is a call where both sides say so",
    [client(), server({ name: "a" })],
    [call({ server: "a" })],
  ],
  [
    "work within a service is none",
    [span({ id: "c", kind: "server", parent: "x" }), server({ name: "a", kind: "server" })],
    [call({ client: null, server: "a" })],
  ],
  [
    "without kinds a call is where the service changes",
    [span({ id: "c", parent: "x" }), server({ kind: null }), server({ id: "d", parent: "s", kind: null })],
    [call()],
  ],
  [
    "a server's span below another service's own work is a call too",
    [client({ kind: "internal" }), server()],
    [call()],
  ],
  ["a server's span without parent is called from outside", [server({ parent: null })], [call({ client: null })]],
  ["a span without parent and kind is called from outside", [span({ id: "r" })], [call({ client: null, server: "a" })]],
  [
    "a client's, producer's or internal span without parent is called by no one",
    [client(), client({ id: "p", kind: "producer" }), client({ id: "i", kind: "internal" })],
    [],
  ],
  ["a server's span whose parent is elsewhere has an unknown caller", [server()], [call({ client: null })]],
  ["unless it names its caller", [server({ peer: "a" })], [call()]],
  ["a span without kind whose parent is elsewhere may be work within", [server({ kind: null })], []],
  ["a client's span with no server's calls whom it names", [client({ peer: "db" })], [call({ server: "db" })]],
  ["a client's span that names no one tells of no call", [client()], []],
  ["who served counts, not whom the client named", [client({ peer: "10.0.0.7" }), server()], [call()]],
  [
    "a library within a library is one call",
    [client({ peer: "orders" }), client({ id: "c2", parent: "c", peer: "orders.example" }), server({ parent: "c2" })],
    [call()],
  ],
  [
    "the library that names its peer is that call",
    [client({ peer: "orders" }), client({ id: "c2", parent: "c" })],
    [call({ server: "orders" })],
  ],
  ["a span seen twice counts once", [client(), server(), server(), client()], [call()]],
  ["spans of two traces are never joined", [client(), server({ trace: "u" })], [call({ client: null })]],
  [
    "the same ids in two traces are two calls",
    [client(), server(), client({ trace: "u" }), server({ trace: "u" })],
    [call({ requests: 2 })],
  ],
  [
    "clocks may differ: the minute is the server's",
    [client(), server({ start: minute - 86_400 })],
    [call({ start: minute - 86_400 })],
  ],
  ["a call failed where the server says so", [client(), server({ failed: true })], [call({ failed: 1 })]],
  ["a call failed where the client says so", [client({ failed: true }), server()], [call({ failed: 1 })]],
  [
    "whether it failed is unknown where no one tells",
    [client({ failed: null }), server({ failed: null })],
    [call({ failed: null })],
  ],
  ["another service's own failure is not the call's", [client({ kind: "internal", failed: true }), server()], [call()]],
  [
    "the rarer side says how it is sampled",
    [client({ sampling: 0.5 }), server({ sampling: 0.25 })],
    [call({ sampling: 0.25 })],
  ],
  [
    "where neither says, the root of the trace does",
    [span({ id: "r", sampling: 0.1, kind: "internal" }), client({ parent: "r" }), server()],
    [call({ sampling: 0.1 })],
  ],
  [
    "calls that are sampled otherwise are rows of their own",
    [client(), server(), client({ trace: "u", sampling: 0.5, peer: "b" })],
    [call(), call({ sampling: 0.5 })],
  ],
];

describe("of the spans of a file", () => {
  it.each(cases)("%s", async (_, spans, calls) => {
    expect(await paired(spans)).toEqual(sorted(calls));
    expect(await paired(spans.toReversed())).toEqual(sorted(calls));
  });

  it("those that another file of the run counted are left out", async () => {
    const counted = join(folder, "counted.duckdb");
    const later = [server({ id: "s2", parent: "c2", start: minute + 60 }), client({ id: "c2" })];
    expect(await paired([client(), server()], counted)).toEqual([call()]);
    expect(await paired([client(), server(), ...later], counted)).toEqual([call({ start: minute + 60 })]);
    expect(await paired([...later, client(), server()], counted)).toEqual([]);
  });
});

/** What a piece of work in a service does: a call in one of the ways in which spans tell of it, or work of its own. */
interface Step {
  readonly way: (typeof ways)[number];
  readonly to: string;
  readonly failed: boolean;
  /** Seconds by which the server's clock is off. */
  readonly skew: number;
  readonly steps: readonly Step[];
}

const ways = [
  "both",
  "messaging",
  "server only",
  "no kinds",
  "peer only",
  "nested peer",
  "nested both",
  "unnamed",
  "own work",
] as const;

const stepOf = (depth: number): fc.Arbitrary<Step> =>
  fc.record({
    way: fc.constantFrom(...ways),
    to: fc.constantFrom("a", "b", "c", "d"),
    failed: fc.boolean(),
    skew: fc.integer({ min: -90_000, max: 90_000 }),
    steps: depth === 0 ? fc.constant([]) : fc.array(stepOf(depth - 1), { maxLength: 3 }),
  });
const trace = fc.record({
  root: fc.constantFrom<Span["kind"]>("server", "consumer", "client", "internal", null),
  sampling: fc.constantFrom(null, 0.25, 1),
  steps: fc.array(stepOf(3), { maxLength: 4 }),
});
type Trace = typeof trace extends fc.Arbitrary<infer T> ? T : never;

/** The spans of a trace, and the calls that are known to have happened in it. */
function played({ root, sampling, steps }: Trace, name: string): { spans: Span[]; calls: Calls[] } {
  const spans: Span[] = [];
  const calls: Calls[] = [];
  const add = (values: Omit<Partial<Span>, "id">): string => {
    const id = `${spans.length}`;
    spans.push(span({ trace: name, ...values, id }));
    return id;
  };
  const happened = (from: string | null, to: string, start: number, failed: boolean) =>
    calls.push({
      ...{ start: Math.floor(start / 60) * 60, client: from, server: to },
      ...{ requests: 1, failed: Number(failed), sampling: sampling ?? 1 },
    });

  const play = ({ way, to, failed, skew, steps }: Step, parent: string, at: string, now: number): void => {
    const own = { parent, name: at, start: now, kind: "client" as Span["kind"], failed };
    const there = now + skew;
    const serve = (values: Partial<Span>, within: string) => {
      const id = add({ name: to, start: there, kind: "server", ...values, parent: within });
      for (const next of steps) play(next, id, to, there + 1);
      happened(at, to, there, failed);
    };
    if (way === "both") serve({}, add(own));
    else if (way === "messaging") serve({ kind: "consumer", failed }, add({ ...own, kind: "producer", failed: false }));
    else if (way === "nested both") serve({}, add({ ...own, parent: add({ ...own, peer: "outer", failed: false }) }));
    else if (way === "server only" && to !== at) serve({ failed }, parent);
    else if (way === "no kinds" && to !== at) serve({ kind: null, failed }, parent);
    else if (way === "peer only" || way === "nested peer") {
      add({ ...own, peer: to, parent: way === "peer only" ? parent : add({ ...own, peer: "outer" }) });
      happened(at, to, now, failed);
    } else if (way === "unnamed") add(own);
    else {
      const id = add({ ...own, kind: "internal" });
      for (const next of steps) play(next, id, at, now + 1);
    }
  };

  const first = add({ kind: root, sampling, failed: false });
  if (root !== "client" && root !== "internal") happened(null, "a", minute, false);
  // Within a client's own span a server's would be its other side, whichever service it is of.
  const top = root === "client" ? add({ kind: "internal", parent: first }) : first;
  for (const next of steps) play(next, top, "a", minute + 1);
  return { spans, calls };
}

/** Calls of the same client, server, minute and sampling as one. */
function summed(calls: readonly Calls[]): Calls[] {
  const sums = new Map<string, Calls>();
  for (const c of calls) {
    const key = JSON.stringify([c.start, c.client, c.server, c.sampling]);
    const before = sums.get(key);
    const failed = (before?.failed ?? 0) + (c.failed ?? 0);
    sums.set(key, { ...c, requests: (before?.requests ?? 0) + c.requests, failed });
  }
  return sorted([...sums.values()]);
}

describe("of traces whose calls are known, shuffled and with spans seen twice", () => {
  it("every call is counted, once, in its minute", async () => {
    const file = fc.array(trace, { minLength: 1, maxLength: 8 }).chain((traces) => {
      const all = traces.map((t, i) => played(t, `t${i}`));
      const spans = all.flatMap((t) => t.spans);
      return fc.record({
        calls: fc.constant(all.flatMap((t) => t.calls)),
        spans: fc
          .subarray(spans)
          .chain((twice) => fc.shuffledSubarray([...spans, ...twice], { minLength: spans.length + twice.length })),
      });
    });
    await fc.assert(
      fc.asyncProperty(file, async ({ spans, calls }) => {
        expect(await paired(spans)).toEqual(summed(calls));
      }),
      { numRuns: 30 },
    );
  });
});
