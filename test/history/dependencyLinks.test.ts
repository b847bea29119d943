import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { jaegerDependencies } from "../../history/formats/jaegerDependencies.js";
import { zipkinDependencies } from "../../history/formats/zipkinDependencies.js";
import { ingest } from "../../history/ingest.js";
import { historyRange } from "../../history/readTraffic.js";
import { testFolder } from "./flowLogs.js";
import { ingestAlone, samplePath } from "./storedRows.js";

const folder = testFolder();
const window = { from: 1_764_064_800, to: 1_764_068_400 };
const [hotrod, links, pretty] = [
  "jaeger-dependencies/hotrod.json",
  "zipkin-dependencies/links.json",
  "zipkin-dependencies/pretty.json",
];

describe("dependency links", () => {
  it.each<[string, [string, string, number, number | undefined][]]>([
    [
      hotrod,
      [
        ["customer", "mysql", 4, undefined],
        ["driver", "redis-manual", 54, undefined],
        ["frontend", "customer", 4, undefined],
        ["frontend", "driver", 4, undefined],
        ["frontend", "route", 40, undefined],
      ],
    ],
    [
      links,
      [
        ["backend", "mysql", 240, 0],
        ["frontend", "backend", 120, 3],
      ],
    ],
    [
      pretty,
      [
        ["app", "db", 20, 20],
        ["web", "app", 10, 0],
      ],
    ],
  ])("of %s become rows of the time that was asked for", async (name, expected) => {
    const { report, rows } = await ingestAlone(samplePath(name), folder, window);
    const format = name.split("/")[0];
    expect(report).toMatchObject({ format, stored: expected.length, rejected: 0, skipped: 0 });
    const usual = {
      start: window.from,
      end: window.to,
      bytes: 0,
      sampling: 1,
      observer: format,
      source: format,
      outcome: "accepted",
    };
    expect(rows).toEqual(
      expected.map(([client, server, requests, failed]) => ({
        ...usual,
        ...{ client, server, requests, connections: requests },
        ...(failed === undefined ? {} : { failed }),
      })),
    );
  });

  it.each([hotrod, links, pretty])(
    "of %s are refused without a time, and the message says how to give it",
    async (name) => {
      const refused = ingest(samplePath(name), { into: join(folder, "none"), format: "auto" });
      await expect(refused).rejects.toThrow(
        "tells no time; give the time that was asked for, such as --from 2026-11-25T10:00:00Z --to",
      );
    },
  );

  it("of two times count twice, of one time once", async () => {
    const into = join(folder, "twice");
    const later = { from: window.to, to: window.to + 3600 };
    for (const w of [window, later, window]) await ingest(samplePath(links), { into, format: "auto", window: w });
    expect(await historyRange(into)).toEqual({ from: window.from, to: later.to, rows: 4 });
  });
});

const link = { parent: "a", child: "b", callCount: 5 };

describe("a broken link is rejected with place and value", () => {
  it.each<[object, string]>([
    [{ parent: "" }, 'parent "": expected the name of a service'],
    [{ parent: "  " }, 'parent "  ": expected the name of a service'],
    [{ parent: undefined }, "parent nothing: expected the name of a service"],
    [{ parent: 5 }, "parent 5: expected a text"],
    [{ child: "" }, 'child "": expected the name of a service'],
    [{ child: null }, "child null: expected the name of a service"],
    [{ child: ["b"] }, 'child ["b"]: expected a text'],
    [{ callCount: -1 }, 'callCount "-1": expected a whole number from 0'],
    [{ callCount: 1.5 }, 'callCount "1.5": expected a whole number from 0'],
    [{ callCount: 1e300 }, 'callCount "1e+300": expected a whole number from 0'],
    [{ callCount: "many" }, 'callCount "many": expected a whole number from 0'],
    [{ callCount: null }, "callCount nothing: expected a number of calls"],
    [{ callCount: {} }, "callCount {}: expected a whole number from 0"],
    [{ callCount: true }, "callCount true: expected a whole number from 0"],
  ])("%j", (change, reason) => {
    const broken = { ...link, ...change };
    const expected = [
      expect.objectContaining({ flow: expect.anything() }),
      { reject: expect.stringContaining(reason) },
    ];
    const jaeger = [...jaegerDependencies.parse({ data: [link, broken] }, window)];
    const zipkin = [...zipkinDependencies.parse([link, broken], window)];
    expect([jaeger, zipkin]).toEqual([expected, expected]);
    expect(jaeger[1]).toEqual({ reject: expect.stringMatching(/^data\[1\]\./) });
    expect(zipkin[1]).toEqual({ reject: expect.stringMatching(/^links\[1\]\./) });
  });

  it.each<[unknown, string]>([
    [5, "data[0] 5: expected an object"],
    ["a", 'data[0] "a": expected an object'],
    [[], "data[0] []: expected an object"],
  ])("the link %j", (value, reason) => {
    expect([...jaegerDependencies.parse({ data: [value] }, window)]).toEqual([{ reject: reason }]);
    expect([...zipkinDependencies.parse([value], window)]).toEqual([{ reject: reason.replace("data", "links") }]);
  });

  it.each<[unknown, string]>([
    [{}, "data nothing: expected a list of links"],
    [[], "document []: expected an object"],
    [{ data: {} }, "data {}: expected a list"],
    [{ data: [], errors: [{ code: 500 }] }, 'errors[0] {"code":500}: expected an answer without errors'],
    [{ data: [], errors: "no" }, 'errors "no": expected a list'],
  ])("Jaeger's answer %j", (document, reason) => {
    expect([...jaegerDependencies.parse(document, window)]).toEqual([{ reject: expect.stringContaining(reason) }]);
  });

  it.each<[object, string]>([
    [{ errorCount: 6 }, "links[0].errorCount 6: expected at most its calls, 5"],
    [{ errorCount: -1 }, 'links[0].errorCount "-1": expected a whole number'],
    [{ errorCount: "none" }, 'links[0].errorCount "none": expected a whole number'],
  ])("Zipkin's %j", (change, reason) => {
    expect([...zipkinDependencies.parse([{ ...link, ...change }], window)]).toEqual([
      { reject: expect.stringContaining(reason) },
    ]);
  });

  it("is an answer of Zipkin's that is no list, and a document without its time", () => {
    expect([...zipkinDependencies.parse({}, window)]).toEqual([{ reject: "document {}: expected a list of links" }]);
    expect([...zipkinDependencies.parse([link])]).toEqual([{ reject: expect.stringContaining("tells no time") }]);
  });

  it("is none where it says that there were no calls", () => {
    expect([...zipkinDependencies.parse([{ ...link, callCount: 0 }], window)]).toEqual([{ skip: "no calls" }]);
  });
});
