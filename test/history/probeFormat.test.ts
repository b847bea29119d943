import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ProbeDocument, probe } from "../../history/formats/probe.js";
import { ingest } from "../../history/ingest.js";
import { readTraffic } from "../../history/readTraffic.js";
import { testFolder, writeLog } from "./flowLogs.js";

const start = 1_795_616_040;
const flow = { client: "10.0.0.5", server: "10.0.0.6", port: 5432, opened: 3, failed: 0 };
const good: ProbeDocument = {
  format: "firebreak-probe",
  version: 1,
  observer: "n1-0a1b2c3d",
  start,
  end: start + 60,
  flows: [flow],
};
const withFlow = (change: object) => ({ ...good, flows: [{ ...flow, ...change }] });
const readAll = (document: unknown) => [...probe.parse(document)];

it("counts what was opened as accepted and what was never answered as rejected", () => {
  expect(readAll(withFlow({ failed: 2 }))).toMatchObject([
    {
      flow: {
        client: "10.0.0.5",
        server: "10.0.0.6",
        serverPort: 5432,
        connections: 3,
        failed: null,
        outcome: "accepted",
      },
    },
    { flow: { connections: 2, failed: 2, outcome: "rejected", observer: "n1-0a1b2c3d", start, end: start + 60 } },
  ]);
});

/** What is broken, the document, and what the reason says. */
const broken: [string, unknown, string][] = [
  ["a list", [good], 'document "[…]"'],
  ["another version", { ...good, version: 2 }, 'version "2": expected 1; read it by the firebreak that wrote it'],
  ["no version", { ...good, version: undefined }, "version nothing"],
  ["an unknown field", { ...good, host: "n1" }, 'field "host": expected one of format, version'],
  ["a start of 1970", { ...good, start: 12 }, 'start "12": expected unix seconds'],
  ["a start in milliseconds", { ...good, start: start * 1000 }, "start"],
  ["a start that is a fraction", { ...good, start: start + 0.5 }, "start"],
  ["no end", { ...good, end: undefined }, "end nothing"],
  ["an end at its start", { ...good, end: start }, `end "${start}": expected a time after start`],
  ["a window of two days", { ...good, end: start + 172_800 }, "expected a time at most a day after start"],
  ["no observer", { ...good, observer: undefined }, "observer nothing"],
  ["an empty observer", { ...good, observer: "" }, 'observer ""'],
  ["an observer with a space", { ...good, observer: "n 1" }, 'observer "n 1"'],
  ["an observer that is a number", { ...good, observer: 7 }, 'observer "7"'],
  ["no flows", { ...good, flows: undefined }, "flows nothing: expected a list"],
  ["flows that are an object", { ...good, flows: {} }, 'flows "{…}": expected a list'],
  ["a flow that is null", { ...good, flows: [null] }, 'flows[0] "null": expected an object'],
  ["a flow with an unknown field", withFlow({ bytes: 7 }), 'flows[0].field "bytes": expected one of client, server'],
  [
    "a client that is no address",
    withFlow({ client: "api" }),
    'flows[0].client "api": expected an IPv4 or IPv6 address',
  ],
  ["no server", withFlow({ server: undefined }), "flows[0].server nothing"],
  ["port 0", withFlow({ port: 0 }), 'flows[0].port "0": expected a whole number from 1 to 65535'],
  ["a port above 65535", withFlow({ port: 70_000 }), 'flows[0].port "70000"'],
  ["a negative count", withFlow({ opened: -1 }), 'flows[0].opened "-1": expected a whole number, not negative'],
  ["half a connection", withFlow({ failed: 0.5 }), 'flows[0].failed "0.5"'],
  ["a count that is null", withFlow({ opened: null }), 'flows[0].opened "null"'],
  ["no connection at all", withFlow({ opened: 0 }), "expected at least one connection, opened or failed"],
];

describe("a broken document of a probe", () => {
  it.each(broken)("%s: is rejected with place and value", (_, document, reason) => {
    expect(readAll(JSON.parse(JSON.stringify(document)))).toEqual([{ reject: expect.stringContaining(reason) }]);
  });

  it("is counted and kept by ingest, and the rest is stored", async () => {
    const folder = testFolder();
    const documents = Array.from({ length: 300 }, (_, n) => ({ ...good, start: start + n, end: start + 60 + n }));
    const lines = [...documents.slice(0, 9), ...broken.map(([, document]) => document), ...documents.slice(9)];
    const log = writeLog(
      folder,
      lines.map((line) => JSON.stringify(line)),
    );
    const [report] = await ingest(log, { into: `${folder}/history`, format: "auto" });
    expect(report).toMatchObject({ format: "probe", lines: lines.length, stored: 300, rejected: broken.length });
    const kept = readFileSync(report?.rejectsFile ?? "", "utf8")
      .trim()
      .split("\n");
    expect(kept.map((line) => JSON.parse(line).line)).toEqual(broken.map((_, i) => 10 + i));
  });
});

it("comes back from the history as it was written", async () => {
  const folder = testFolder();
  const flows = fc.uniqueArray(
    fc.record({
      client: fc.ipV4(),
      server: fc.ipV4(),
      port: fc.integer({ min: 1, max: 65_535 }),
      opened: fc.integer({ min: 1, max: 1e6 }),
      failed: fc.nat(9),
    }),
    { selector: (f) => `${f.client} ${f.server}`, minLength: 1, maxLength: 20 },
  );
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(flows, async (flows) => {
      const into = `${folder}/back${runs++}`;
      await ingest(writeLog(folder, [JSON.stringify({ ...good, flows })]), { into, format: "auto" });
      const { edges } = await readTraffic(into, { from: start, to: start + 60, halfLife: 3600, owners: new Map() });
      const byEnds = (a: string, b: string) => (a < b ? -1 : 1);
      expect(edges.map((e) => `${e.client} ${e.server} ${e.connections}`).sort(byEnds)).toEqual(
        flows.map((f) => `${f.client} ${f.server} ${f.opened}`).sort(byEnds),
      );
    }),
    { numRuns: 6 },
  );
});
