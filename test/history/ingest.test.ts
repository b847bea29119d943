import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ingest } from "../../history/ingest.js";
import { historyRange, readTraffic } from "../../history/readTraffic.js";
import { InputError } from "../../input/problems.js";
import { contentOf, defaultHeader, midnight, record, testFolder, writeLog } from "./flowLogs.js";

const folder = testFolder();
let histories = 0;
const newHistory = () => join(folder, `history-${histories++}`);
const auto = (into: string) => ({ into, format: "auto" });
const rowsIn = async (into: string) => (await historyRange(into))?.rows ?? 0;
const wholeWindow = { from: midnight - 86_400, to: midnight + 5 * 86_400, halfLife: 3600, owners: new Map() };
const lines = Array.from({ length: 30 }, (_, i) =>
  record({ bytes: i, start: midnight + i * 7000, end: midnight + i * 7000 + 60 }),
);

describe("ingest", () => {
  it("stores a file once, also renamed, compressed, or read from standard input", async () => {
    const into = newHistory();
    const [first] = await ingest(writeLog(folder, lines), auto(into));
    expect(first).toMatchObject({ format: "vpc-flow-logs", lines: 30, stored: 30, alreadyStored: false });
    expect(first?.days).toEqual(["2022-08-20", "2022-08-21", "2022-08-22"]);
    const stored = contentOf(into);
    const text = `${lines.join("\n")}\n`;
    const again = [
      await ingest(writeLog(folder, lines), auto(into)),
      await ingest(writeLog(folder, gzipSync(text, { level: 1 }), "a.gz"), auto(into)),
      await ingest(
        writeLog(folder, Buffer.concat([gzipSync(text.slice(0, 500)), gzipSync(text.slice(500))])),
        auto(into),
      ),
      await ingest("-", {
        ...auto(into),
        stdin: Readable.from([Buffer.from(text.slice(0, 1)), Buffer.from(text.slice(1))]),
      }),
    ];
    for (const [report] of again) expect(report).toMatchObject({ stored: 0, alreadyStored: true, days: first?.days });
    expect(contentOf(into)).toEqual(stored);
  });

  it("reads every file under a folder, sorted, and leaves hidden ones alone", async () => {
    const source = join(folder, "bucket");
    mkdirSync(join(source, "2022", "08"), { recursive: true });
    writeLog(join(source, "2022", "08"), lines.slice(0, 10), "b.log");
    writeLog(join(source, "2022"), lines.slice(10), "a.log");
    writeLog(source, ["no log"], ".hidden");
    const into = newHistory();
    const reports = await ingest(source, auto(into));
    expect(reports.map((r) => [r.source, r.stored])).toEqual([
      [join(source, "2022", "08", "b.log"), 10],
      [join(source, "2022", "a.log"), 20],
    ]);
    expect(await rowsIn(into)).toBe(30);
  });

  it("stores the good files of a folder and names the bad one", async () => {
    const source = join(folder, "mixed");
    mkdirSync(source);
    writeLog(source, lines, "b.log");
    writeLog(source, ["Dear reader"], "a.txt");
    const into = newHistory();
    const error = await ingest(source, auto(into)).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toContain("a.txt:1");
    expect((error as Error).message).toContain("1 of 2 files are stored; mend or remove the others and run again");
    expect(await rowsIn(into)).toBe(30);
  });

  it("takes a log without data: nothing stored, and why", async () => {
    const into = newHistory();
    const noData = record({ "log-status": "NODATA", srcaddr: "-", dstaddr: "-", action: "-" });
    const [report] = await ingest(writeLog(folder, [noData, noData]), auto(into));
    expect(report).toMatchObject({
      lines: 2,
      stored: 0,
      skipped: 2,
      skippedReasons: { "log-status NODATA": 2 },
      days: [],
    });
    const [headerOnly] = await ingest(writeLog(folder, [defaultHeader]), auto(into));
    expect(headerOnly).toMatchObject({ lines: 0, stored: 0, rejected: 0 });
    expect(await historyRange(into)).toBeNull();
    await expect(readTraffic(into, wholeWindow)).rejects.toThrow("holds no traffic; run `firebreak ingest");
  });

  it("allows 10 % of broken lines and not one more", async () => {
    const into = newHistory();
    const broken = record({ srcport: "x" });
    const [report] = await ingest(writeLog(folder, [...lines.slice(0, 9), broken]), auto(into));
    expect(report).toMatchObject({ lines: 10, stored: 9, rejected: 1 });
    await expect(ingest(writeLog(folder, [...lines.slice(0, 17), broken, broken]), auto(into))).rejects.toThrow(
      "2 of 19",
    );
    expect(await rowsIn(into)).toBe(9);
  });

  it("takes a byte order mark, CRLF, and a last line without an end", async () => {
    const text = `\uFEFF${defaultHeader}\r\n${lines.join("\r\n")}`;
    const [report] = await ingest(writeLog(folder, Buffer.from(text)), auto(newHistory()));
    expect(report).toMatchObject({ lines: 30, stored: 30 });
  });

  it("takes hundreds of thousands of short lines in one chunk, blank ones before the first record too", async () => {
    const text = `${"\n".repeat(300_000)}${lines.join("\n")}${"\n".repeat(300_000)}`;
    const [report] = await ingest(writeLog(folder, Buffer.from(text)), auto(newHistory()));
    expect(report).toMatchObject({ lines: 30, stored: 30 });
  });

  it("shortens the text of a broken line that it keeps", async () => {
    const [report] = await ingest(writeLog(folder, [...lines, `x${"y".repeat(5000)}`]), auto(newHistory()));
    const reject = JSON.parse(readFileSync(report?.rejectsFile ?? "", "utf8"));
    expect(reject.line).toBe(31);
    expect(reject.text).toHaveLength(303);
  });

  it("refuses a history that is a file", async () => {
    const log = writeLog(folder, lines);
    await expect(ingest(log, auto(log))).rejects.toThrow("cannot be written (ENOTDIR); name a folder that can");
  });

  it("says its progress", async () => {
    const seen: number[] = [];
    const log = writeLog(folder, lines);
    await ingest(log, { ...auto(newHistory()), onProgress: ({ lines }) => seen.push(lines) });
    expect(seen.at(-1)).toBe(30);
  });

  it("by two writers at once, of the same and of different files, loses and doubles nothing", async () => {
    const into = newHistory();
    const same = writeLog(folder, lines);
    const other = writeLog(
      folder,
      lines.map((line) => line.replace("eni-0a", "eni-0b")),
    );
    await Promise.all([ingest(same, auto(into)), ingest(same, auto(into)), ingest(other, auto(into))]);
    expect(await rowsIn(into)).toBe(60);
    expect((await readTraffic(into, wholeWindow)).rows).toBe(60);
  });

  it("sweeps what dead writers left, and leaves alone what a living one may still complete", async () => {
    const into = newHistory();
    const [report] = await ingest(writeLog(folder, lines), auto(into));
    const id = "0".repeat(64);
    const day = join(into, "day=2022-08-20");
    const foreign = (name: string) => join(day, `${id}-1-00000000-${name}.parquet`);
    writeFileSync(foreign("aaaaaaaa"), "fresh");
    writeFileSync(foreign("bbbbbbbb"), "old");
    const twoDaysAgo = Date.now() / 1000 - 2 * 86_400;
    utimesSync(foreign("bbbbbbbb"), twoDaysAgo, twoDaysAgo);
    mkdirSync(join(into, ".tmp-1-00000000-cccccccc"));
    await ingest(writeLog(folder, [record({ bytes: 77 })]), auto(into));
    expect(existsSync(foreign("aaaaaaaa"))).toBe(true);
    expect(existsSync(foreign("bbbbbbbb"))).toBe(false);
    expect(existsSync(join(into, ".tmp-1-00000000-cccccccc"))).toBe(true);
    expect(await rowsIn(into)).toBe((report?.stored ?? 0) + 1);
    expect((await readTraffic(into, wholeWindow)).rows).toBe(31);
  });

  it("gives the same traffic in whatever order the files come, and however often", async () => {
    const parts = [lines.slice(0, 7), lines.slice(7, 12), lines.slice(12)].map((part) => writeLog(folder, part));
    const reference = newHistory();
    for (const part of parts) await ingest(part, auto(reference));
    const expected = await readTraffic(reference, wholeWindow);
    expect(expected.rows).toBe(30);
    const order = fc.tuple(
      fc.shuffledSubarray(parts, { minLength: parts.length }),
      fc.array(fc.constantFrom(...parts), { maxLength: 2 }),
    );
    await fc.assert(
      fc.asyncProperty(order, async ([shuffled, repeated]) => {
        const into = newHistory();
        for (const part of [...repeated, ...shuffled]) await ingest(part, auto(into));
        expect(await readTraffic(into, wholeWindow)).toEqual(expected);
      }),
      { numRuns: 8, seed: 4 },
    );
  });
});

describe("who opened a connection between two ports of one range", () => {
  const clients = ["10.0.0.1", "10.0.0.2", "10.0.0.3"];
  const edgesOf = async (records: readonly string[]) => {
    const into = newHistory();
    await ingest(writeLog(folder, records), auto(into));
    const { edges } = await readTraffic(into, { ...wholeWindow, to: midnight + 60 });
    return edges.map((e) => [e.client, e.server, e.connections]);
  };

  it("is told by fan-in: many peers reach the server's port, in both directions", async () => {
    const records = clients.flatMap((client, i) => [
      record({ srcaddr: client, dstaddr: "10.0.9.9", srcport: 40_000 + i, dstport: 50_051 }),
      record({ srcaddr: "10.0.9.9", dstaddr: client, srcport: 50_051, dstport: 40_000 + i }),
    ]);
    expect(await edgesOf(records)).toEqual(clients.map((client) => [client, "10.0.9.9", 1]));
  });

  it("is told by fan-in although the server's port is the higher one among low ports", async () => {
    const records = clients.map((client, i) =>
      record({ srcaddr: "10.0.9.9", dstaddr: client, srcport: 27_017, dstport: 2000 + i }),
    );
    expect(await edgesOf(records)).toEqual(clients.map((client) => [client, "10.0.9.9", 0]));
  });

  it("is told by the lower port where fan-in is the same, then by the lower address", async () => {
    expect(await edgesOf([record({ srcport: 9000, dstport: 8000 })])).toEqual([["10.0.0.1", "10.0.0.2", 1]]);
    expect(await edgesOf([record({ srcport: 8000, dstport: 9000 })])).toEqual([["10.0.0.2", "10.0.0.1", 0]]);
    expect(await edgesOf([record({ srcport: 9000, dstport: 9000 })])).toEqual([["10.0.0.2", "10.0.0.1", 0]]);
    const turned = record({ srcport: 9000, dstport: 9000, srcaddr: "10.0.0.2", dstaddr: "10.0.0.1" });
    expect(await edgesOf([turned])).toEqual([["10.0.0.2", "10.0.0.1", 1]]);
  });
});
