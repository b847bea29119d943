import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { withFlows } from "../../history/flows.js";
import { nezhaSpans } from "../../history/formats/nezhaSpans.js";
import { ingest } from "../../history/ingest.js";
import { readTraffic } from "../../history/readTraffic.js";
import { storageOf } from "../../history/storage/place.js";
import { testFolder, writeLog } from "./flowLogs.js";

const folder = testFolder();
const sample = fileURLToPath(new URL("samples/nezha-spans/trace.csv", import.meta.url));
const [header = "", ...lines] = readFileSync(sample, "utf8").trimEnd().split("\n");

/** 2023-01-29T00:00:00Z. */
const day = Date.UTC(2023, 0, 29) / 1000;
const wholeDay = { from: day, to: day + 86_400, halfLife: 1e12, owners: new Map() };

describe("a file of Nezha's spans", () => {
  it("is recognised, and gives calls between the services that the pods are replicas of", async () => {
    const into = join(folder, "sample");
    const [report] = await ingest(sample, { into, format: "auto" });
    expect(report).toMatchObject({ format: "nezha-spans", lines: 8, stored: 3, rejected: 0, days: ["2023-01-29"] });
    const { edges } = await readTraffic(into, wholeDay);
    expect(edges.map((e) => [e.client, e.server, Math.round(e.requests ?? 0)])).toEqual([
      [null, "gateway", 2],
      ["gateway", "travel", 2],
      ["travel", "mysql", 1],
    ]);
  });

  it("is read in any order of columns, and without those that tell nothing of calls", () => {
    const opened = nezhaSpans.open("PodName,StartTimeUnixNano,SpanID,TraceID,ParentID", "spans.csv");
    expect(opened.parse("cart-0,1674986309500000000,0A,0b,root")).toEqual({
      span: {
        ...{ trace: "0b", id: "0a", parent: null, name: "cart", kind: null, peer: null },
        ...{ start: 1_674_986_309.5, end: 1_674_986_309.5, failed: null, sampling: null },
      },
    });
  });

  it.each([
    ["a column that does not exist", `${header},Tags`, '"Tags" is not a known column; remove it or correct its name'],
    ["a column twice", `${header},PodName`, 'column "PodName" is named twice; name it once'],
    ["no pods", header.replace("PodName,", ""), 'column "PodName" is missing; add it'],
    ["no parents", header.replace("ParentID,", ""), 'column "ParentID" is missing; add it'],
  ])("with %s is refused", async (_, broken, message) => {
    const log = writeLog(folder, [broken, ...lines]);
    await expect(ingest(log, { into: join(folder, "refused"), format: "auto" })).rejects.toThrow(message);
  });
});

const usual: Readonly<Record<string, string>> = {
  TraceID: "e58bcd245dd957fb40c41ab287f857e9",
  SpanID: "0a158a32f7231a45",
  ParentID: "root",
  PodName: "cart-6f6cfc45b-h5m2n",
  OperationName: "/*",
  StartTimeUnixNano: "1674986309307000000",
  EndTimeUnixNano: "1674986309647134905",
  Duration: "340134",
};
const line = (values: Readonly<Record<string, string>> = {}) =>
  header
    .split(",")
    .map((column) => values[column] ?? usual[column])
    .join(",");

const years = "expected unix nanoseconds between the years 2000 and 2100";
const brokenLines: [string, string, string][] = [
  ["no trace", line({ TraceID: "" }), 'TraceID "": expected hexadecimal digits'],
  ["a trace that is no hexadecimal", line({ TraceID: "xyz" }), 'TraceID "xyz": expected hexadecimal digits'],
  ["a trace without end", line({ TraceID: "a".repeat(33) }), "expected hexadecimal digits"],
  ["a trace with a blank", line({ TraceID: "e5 8b" }), 'TraceID "e5 8b": expected hexadecimal digits'],
  ["no span", line({ SpanID: "" }), 'SpanID "": expected hexadecimal digits'],
  ["a span that is the root", line({ SpanID: "root" }), 'SpanID "root": expected hexadecimal digits'],
  ["no parent", line({ ParentID: "" }), 'ParentID "": expected hexadecimal digits, or root'],
  ["a parent of another word", line({ ParentID: "none" }), 'ParentID "none": expected hexadecimal digits, or root'],
  ["a negative parent", line({ ParentID: "-1" }), 'ParentID "-1": expected hexadecimal digits, or root'],
  ["no pod", line({ PodName: "" }), `PodName "": expected a pod's name`],
  ["a pod in capitals", line({ PodName: "Cart" }), `PodName "Cart": expected a pod's name`],
  ["a quoted pod", line({ PodName: '"cart"' }), "expected a pod's name: lower-case letters, digits, - and ."],
  ["a pod that ends with a dash", line({ PodName: "cart-" }), `PodName "cart-": expected a pod's name`],
  ["a start in seconds", line({ StartTimeUnixNano: "1674986309" }), `StartTimeUnixNano "1674986309": ${years}`],
  ["a start in microseconds", line({ StartTimeUnixNano: "1674986309307000" }), years],
  ["a start that is a date", line({ StartTimeUnixNano: "2023-01-29" }), `StartTimeUnixNano "2023-01-29": ${years}`],
  ["a negative start", line({ StartTimeUnixNano: "-5" }), `StartTimeUnixNano "-5": ${years}`],
  ["a start in exponent form", line({ StartTimeUnixNano: "1.67e18" }), `StartTimeUnixNano "1.67e18": ${years}`],
  ["no start", line({ StartTimeUnixNano: "" }), `StartTimeUnixNano "": ${years}`],
  ["a start after 2100", line({ StartTimeUnixNano: "4102444800000000000" }), years],
  ["no end", line({ EndTimeUnixNano: "" }), `EndTimeUnixNano "": ${years}`],
  ["an end before its start", line({ EndTimeUnixNano: "1674986309000000000" }), "expected a time not before its start"],
  ["a negative duration", line({ Duration: "-3" }), 'Duration "-3": expected a whole number, not negative'],
  ["a duration in words", line({ Duration: "3ms" }), 'Duration "3ms": expected a whole number, not negative'],
  ["an operation with a comma", line({ OperationName: "a,b" }), "number of columns 9: expected 8, as its header names"],
  ["a line cut short", line().slice(0, 60), "number of columns 4: expected 8, as its header names"],
  ["a line of binary", "\u0000\u0001\ufffd", "number of columns 1: expected 8, as its header names"],
];

describe("a broken line of Nezha's spans", () => {
  it.each(brokenLines)("%s: is kept with number and reason, and the rest is stored", async (name, broken, reason) => {
    const good = Array.from({ length: 12 }, (_, i) =>
      line({ SpanID: `${i}`, OperationName: name.replaceAll(",", "") }),
    );
    const log = writeLog(folder, [header, ...good.slice(0, 5), broken, ...good.slice(5)]);
    const [report] = await ingest(log, { into: join(folder, "line"), format: "auto" });
    expect(report).toMatchObject({ lines: 13, stored: 1, rejected: 1, skipped: 0 });
    const reject = JSON.parse(readFileSync(report?.rejectsFile ?? "", "utf8"));
    expect(reject).toMatchObject({ line: 7, text: broken });
    expect(reject.reason).toContain(reason);
  });
});

const data = fileURLToPath(new URL("../../../shared/data/nezha/", import.meta.url));
const traces = join(data, "2023-01-29", "trace.tar.gz");
const counts = join(data, "edge_minute.csv.gz");
const present = existsSync(traces) && existsSync(counts);
if (!present) console.warn(`skipped: Nezha's traces of Train Ticket are not at ${traces}`);

it.skipIf(!present)(
  "the spans of a day of Train Ticket give its dependencies, no other, and its calls within a tenth",
  { timeout: 600_000 },
  async () => {
    const source = join(folder, "traces");
    mkdirSync(source);
    execFileSync("tar", ["-xzf", traces, "-C", source]);
    const into = join(folder, "train-ticket");
    const reports = await ingest(source, { into, format: "auto" });
    expect(new Set(reports.map((r) => r.format))).toEqual(new Set(["nezha-spans"]));
    expect(reports.reduce((sum, r) => sum + r.rejected + r.skipped, 0)).toBe(0);
    const spans = reports.reduce((sum, r) => sum + r.lines, 0);
    expect(spans).toBe(328_848);

    const expected = new Map<string, number>();
    for (const row of gunzipSync(readFileSync(counts)).toString().split("\n")) {
      const [app, at, caller, callee, calls] = row.split(",");
      if (app !== "TT" || Math.floor(Number(at) / 1440) !== day / 86_400) continue;
      const edge = `${caller} -> ${callee}`;
      expected.set(edge, (expected.get(edge) ?? 0) + Number(calls));
    }
    const rows = await withFlows(storageOf(into), [{ view: "flows", ...wholeDay, kind: "raw" }], (database) =>
      database.rows("SELECT client, server, sum(requests) AS calls FROM flows GROUP BY client, server"),
    );
    const found = new Map(rows.map((row) => [`${row.client ?? "USER"} -> ${row.server}`, Number(row.calls)]));
    expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
    const total = (calls: ReadonlyMap<string, number>) => [...calls.values()].reduce((sum, n) => sum + n, 0);
    expect(Math.abs(total(found) / total(expected) - 1)).toBeLessThan(0.1);
    // Every call of the distinct spans, once: 105 traces are in more than one file.
    expect(total(found)).toBe(55_137);
    const { edges } = await readTraffic(into, wholeDay);
    expect(edges.map((e) => `${e.client ?? "USER"} -> ${e.server}`).sort()).toEqual([...expected.keys()].sort());
  },
);
