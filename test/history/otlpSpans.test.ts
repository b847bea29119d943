import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { otlpSpans } from "../../history/formats/otlpSpans.js";
import { ingest } from "../../history/ingest.js";
import { readTraffic } from "../../history/readTraffic.js";
import { testFolder, writeLog } from "./flowLogs.js";
import { attributes, minute, otlpDocument, otlpSpan } from "./spans.js";

const folder = testFolder();
const sample = (name: string) => fileURLToPath(new URL(`samples/otlp/${name}`, import.meta.url));
let histories = 0;
const newHistory = () => join(folder, `history-${histories++}`);

/** The edges of a file, ingested and read back: client, server, requests. */
async function edgesOf(source: string): Promise<unknown[]> {
  const into = newHistory();
  const [report] = await ingest(source, { into, format: "auto" });
  expect(report).toMatchObject({ format: "otlp", rejected: 0 });
  const { edges } = await readTraffic(into, { from: 1.5e9, to: 1.8e9, halfLife: 1e15, owners: new Map() });
  return edges.map((e) => [e.client, e.server, Math.round(e.requests ?? 0)]);
}

describe("OTLP/JSON", () => {
  it("of the specification's example is a call from an unknown caller", async () => {
    // https://github.com/open-telemetry/opentelemetry-proto/blob/main/examples/trace.json
    expect(await edgesOf(sample("specification.json"))).toEqual([[null, "my.service", 1]]);
  });

  it("as the Collector's file exporter writes it gives the calls of every trace, a retried span once", async () => {
    expect(await edgesOf(sample("collector.jsonl"))).toEqual([
      // One seen, and one seen of four.
      [null, "frontend", 5],
      ["checkout", "orders-db.example.net", 1],
      ["checkout", "payments", 1],
      ["checkout", "shipping", 1],
      ["frontend", "checkout", 1],
    ]);
  });

  it("as Tempo's API answers it, with ids in base64, is read too", async () => {
    expect(await edgesOf(sample("tempo.json"))).toEqual([
      [null, "api", 1],
      ["api", "user-service", 1],
    ]);
  });

  it("counts what is in several files of a folder once", async () => {
    const source = join(folder, "rotated");
    const lines = readFileSync(sample("collector.jsonl"), "utf8").trimEnd().split("\n");
    mkdirSync(source);
    writeLog(source, lines, "traces-1.jsonl");
    writeLog(source, lines.slice(0, 4), "traces-2.jsonl");
    const into = newHistory();
    const reports = await ingest(source, { into, format: "auto" });
    expect(reports.map((r) => r.stored)).toEqual([6, 0]);
    const again = await ingest(source, { into, format: "auto" });
    expect(again.map((r) => [r.stored, r.alreadyStored])).toEqual([
      [0, true],
      [0, true],
    ]);
  });
});

/** What one span is read as. */
function spanOf(values: Readonly<Record<string, unknown>>, resource?: unknown): unknown {
  const [parsed, ...more] = otlpSpans.parse(otlpDocument([otlpSpan(values)], resource));
  expect(more).toEqual([]);
  return parsed;
}

describe("a span of OTLP/JSON", () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["ids are the same in capitals", { spanId: "EEE19B7EC3C1B174" }, { id: "eee19b7ec3c1b174" }],
    ["a parent of zeros is none", { parentSpanId: "0000000000000000" }, { parent: null }],
    ["an empty parent is none", { parentSpanId: "" }, { parent: null }],
    ["a kind is its number", { kind: 3 }, { kind: "client" }],
    ["a kind is its name", { kind: "SPAN_KIND_CONSUMER" }, { kind: "consumer" }],
    ["a kind that is unspecified is unknown", { kind: "SPAN_KIND_UNSPECIFIED" }, { kind: null }],
    ["a kind that is absent is unknown", { kind: undefined }, { kind: null }],
    ["a status of 2 is a failure", { status: { code: 2 } }, { failed: true }],
    ["a status of error is a failure", { status: { code: "STATUS_CODE_ERROR" } }, { failed: true }],
    ["a status of ok is none", { status: { code: 1 } }, { failed: false }],
    ["a status that is null is none", { status: null }, { failed: false }],
    ["times are digits or numbers", { startTimeUnixNano: minute * 1e9 }, { start: minute, end: minute + 1 }],
    ["a threshold says how it is sampled", { traceState: "ot=th:c" }, { sampling: 0.25 }],
    ["where nothing says how it is sampled, that is unknown", {}, { sampling: null }],
    ["fields and attributes that no one knows are left alone", { future: 1, attributes: [{ key: "x", value: 5 }] }, {}],
  ])("%s", (_, values, expected) => {
    expect(spanOf(values)).toMatchObject({ span: expected });
  });

  it.each<[string, Record<string, string>, string]>([
    ["service.name", { "service.name": "cart", "k8s.deployment.name": "cart-v2" }, "cart"],
    [
      "its workload, where the SDK knew no name",
      { "service.name": "unknown_service:node", "k8s.statefulset.name": "db" },
      "db",
    ],
    ["its pod's workload, where that is all there is", { "k8s.pod.name": "cart-5d4b7c9f6-x2vlq" }, "cart"],
    ["the SDK's word for none, where there is nothing else", { "service.name": "unknown_service" }, "unknown_service"],
  ])("is of %s", (_, resource, name) => {
    expect(spanOf({}, { attributes: attributes(resource) })).toMatchObject({ span: { name } });
  });

  it("of a resource without a name is skipped", () => {
    expect(spanOf({}, { attributes: attributes({ "host.name": "n1" }) })).toEqual({
      skip: "its resource has no service.name",
    });
  });

  it("is looked for in documents of spans only", () => {
    expect([...otlpSpans.parse({ resourceMetrics: [] })]).toEqual([{ skip: "holds resourceMetrics, no spans" }]);
    expect([...otlpSpans.parse({})]).toEqual([]);
    expect(otlpSpans.detect({ resourceMetrics: [] })).toBe(false);
    expect(otlpSpans.detect({ trace: { resourceSpans: [] } })).toBe(true);
    expect(otlpSpans.detect({ batches: [1, 2] })).toBe(false);
  });
});

const one = "resourceSpans[0].scopeSpans[0].spans[0]";
const years = "expected unix nanoseconds between the years 2000 and 2100";
const named = { attributes: attributes({ "service.name": "a" }) };
const withSpan = (values: Readonly<Record<string, unknown>>) => otlpDocument([otlpSpan(values)]);
const withAttribute = (key: string, value: unknown) => withSpan({ attributes: [{ key, value }] });

const brokenDocuments: [string, unknown, string][] = [
  ["a trace id that is absent", withSpan({ traceId: undefined }), `${one}.traceId nothing: expected 32 hexadecimal`],
  ["a trace id that is empty", withSpan({ traceId: "" }), `${one}.traceId "": expected 32 hexadecimal digits`],
  ["a trace id of zeros", withSpan({ traceId: "0".repeat(32) }), "expected an id that is not zero"],
  ["a trace id that is a number", withSpan({ traceId: 5 }), `${one}.traceId 5: expected 32 hexadecimal digits`],
  ["a trace id that is too short", withSpan({ traceId: "5b8efff798038103" }), "expected 32 hexadecimal digits"],
  [
    "a span id with other letters",
    withSpan({ spanId: "xyz19b7ec3c1b174" }),
    `${one}.spanId "xyz19b7ec3c1b174": expected 16`,
  ],
  ["a span id of zeros", withSpan({ spanId: "0".repeat(16) }), "expected an id that is not zero"],
  ["a parent that is a list", withSpan({ parentSpanId: ["a"] }), `${one}.parentSpanId ["a"]: expected 16 hexadecimal`],
  ["a parent that is too long", withSpan({ parentSpanId: "a".repeat(17) }), "expected 16 hexadecimal digits"],
  ["no start", withSpan({ startTimeUnixNano: undefined }), `${one}.startTimeUnixNano nothing: ${years}`],
  ["a start in words", withSpan({ startTimeUnixNano: "x" }), `${one}.startTimeUnixNano "x": ${years}`],
  ["a start in seconds", withSpan({ startTimeUnixNano: minute }), `${one}.startTimeUnixNano ${minute}: ${years}`],
  ["a start that is true", withSpan({ startTimeUnixNano: true }), `${one}.startTimeUnixNano true: ${years}`],
  [
    "a start in parts",
    withSpan({ startTimeUnixNano: { low: 1, high: 2 } }),
    `.startTimeUnixNano {"low":1,"high":2}: ${years}`,
  ],
  ["an end of zero", withSpan({ endTimeUnixNano: "0" }), `${one}.endTimeUnixNano "0": ${years}`],
  [
    "an end before its start",
    withSpan({ endTimeUnixNano: `${minute - 1}000000000` }),
    "expected a time not before its start",
  ],
  ["a kind above 5", withSpan({ kind: 6 }), `${one}.kind 6: expected 0 to 5, or SPAN_KIND_UNSPECIFIED and the like`],
  ["a kind of another name", withSpan({ kind: "CLIENT" }), `${one}.kind "CLIENT": expected 0 to 5`],
  ["a kind of a fraction", withSpan({ kind: 1.5 }), `${one}.kind 1.5: expected 0 to 5`],
  ["a status that is a number", withSpan({ status: 2 }), `${one}.status 2: expected an object`],
  [
    "a status code of another name",
    withSpan({ status: { code: "ERROR" } }),
    `${one}.status.code "ERROR": expected 0 to 2`,
  ],
  ["a negative status code", withSpan({ status: { code: -1 } }), `${one}.status.code -1: expected 0 to 2`],
  ["a trace state that is an object", withSpan({ traceState: {} }), `${one}.traceState {}: expected a text`],
  ["attributes that are an object", withSpan({ attributes: { a: 1 } }), `${one}.attributes {"a":1}: expected a list`],
  ["an attribute that is null", withSpan({ attributes: [null] }), `${one}.attributes[0].key nothing: expected a text`],
  [
    "an attribute without key",
    withSpan({ attributes: [{ value: {} }] }),
    `${one}.attributes[0].key nothing: expected a text`,
  ],
  [
    "a peer that is a number",
    withAttribute("peer.service", { stringValue: 5 }),
    `${one}.attributes[0].value.stringValue 5: expected a text`,
  ],
  [
    "a peer that is a list",
    withAttribute("peer.service", { arrayValue: {} }),
    "expected a stringValue, intValue, doubleValue or boolValue",
  ],
  ["a peer that is bare", withAttribute("peer.service", "b"), `${one}.attributes[0].value "b": expected an object`],
  [
    "a rate in words",
    withAttribute("SampleRate", { intValue: "few" }),
    `.value.intValue "few": expected a whole number`,
  ],
  [
    "a rate of 0",
    withAttribute("SampleRate", { intValue: "0" }),
    `${one}.attributes SampleRate 0: expected a number of at least 1`,
  ],
  ["a span that is a text", otlpDocument(["span"]), `${one} "span": expected an object`],
  ["a span that is null", otlpDocument([null]), `${one} null: expected an object`],
  [
    "spans that are an object",
    { resourceSpans: [{ resource: named, scopeSpans: [{ spans: {} }] }] },
    "resourceSpans[0].scopeSpans[0].spans {}: expected a list",
  ],
  [
    "a scope that is a number",
    { resourceSpans: [{ resource: named, scopeSpans: [7] }] },
    "resourceSpans[0].scopeSpans[0] 7: expected an object",
  ],
  [
    "scopes that are a text",
    { resourceSpans: [{ resource: named, scopeSpans: "x" }] },
    'resourceSpans[0].scopeSpans "x": expected a list',
  ],
  [
    "old scopes that are a text",
    { resourceSpans: [{ instrumentationLibrarySpans: "x" }] },
    'resourceSpans[0].instrumentationLibrarySpans "x": expected a list',
  ],
  ["a resource that is a list", otlpDocument([otlpSpan()], []), "resourceSpans[0].resource []: expected an object"],
  [
    "a service's name that is a number",
    otlpDocument([otlpSpan()], { attributes: attributes({ "service.name": 5 }) }),
    "resourceSpans[0].resource.attributes service.name 5: expected a text",
  ],
  ["an item that is a number", { resourceSpans: [3] }, "resourceSpans[0] 3: expected an object"],
  ["items that are an object", { resourceSpans: {} }, "resourceSpans {}: expected a list"],
  ["a document of something else", { hello: 1 }, "resourceSpans nothing: expected a list"],
  ["a document that is a list", [1], "document [1]: expected an object with resourceSpans"],
];

describe("a broken part of OTLP/JSON", () => {
  it.each(brokenDocuments)("%s: is kept with its place, and the rest is stored", async (_, broken, reason) => {
    const good = Array.from({ length: 12 }, (_, i) =>
      JSON.stringify(withSpan({ spanId: `${i}`.padStart(16, "a"), name: reason })),
    );
    const log = writeLog(folder, [...good.slice(0, 5), JSON.stringify(broken), ...good.slice(5)]);
    const [report] = await ingest(log, { into: join(folder, "broken"), format: "auto" });
    expect(report).toMatchObject({ lines: 13, stored: 1, rejected: 1, skipped: 0 });
    const reject = JSON.parse(readFileSync(report?.rejectsFile ?? "", "utf8"));
    expect(reject).toMatchObject({ line: 6 });
    expect(reject.reason).toContain(reason);
  });

  it("rejects every span of a broken resource, so that a tenth is a tenth", () => {
    const spans = [otlpSpan(), otlpSpan(), otlpSpan()];
    const parsed = [...otlpSpans.parse(otlpDocument(spans, { attributes: 5 }))];
    expect(parsed).toEqual(Array(3).fill({ reject: "resourceSpans[0].resource.attributes 5: expected a list" }));
  });

  it("takes any JSON at any depth without a throw", () => {
    const document = otlpDocument([otlpSpan({ status: { code: 1 }, attributes: attributes({ "peer.service": "b" }) })]);
    const places = placesOf(document);
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.jsonValue(), (place, value) => {
        for (const parsed of otlpSpans.parse(replaced(document, place, value))) {
          expect(["span", "skip", "reject"]).toContain(Object.keys(parsed)[0]);
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** The path of every part of a document. */
function placesOf(part: unknown, place: readonly string[] = []): string[][] {
  const inner = typeof part === "object" && part !== null ? Object.entries(part) : [];
  return [[...place], ...inner.flatMap(([key, value]) => placesOf(value, [...place, key]))];
}

/** The document with another value at a place. */
function replaced(part: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const copy = structuredClone(part) as Record<string, unknown>;
  copy[key] = replaced(copy[key], rest, value);
  return copy;
}
