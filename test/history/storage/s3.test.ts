import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readCatalog } from "../../../history/catalog.js";
import { compactHistory } from "../../../history/compaction.js";
import { withFlows } from "../../../history/flows.js";
import { ingest } from "../../../history/ingest.js";
import { openDatabase } from "../../../history/parquet.js";
import { historyRange, readTraffic } from "../../../history/readTraffic.js";
import { openStorage } from "../../../history/storage/place.js";
import { midnight, record, testFolder, writeLog } from "../flowLogs.js";
import { describeWithS3 } from "./bucket.js";
import { itKeepsTheContract } from "./contract.js";

const folder = testFolder();
const window = { from: midnight, to: midnight + 3 * 86_400 };

describe("a place on S3", () => {
  it.each([
    ["s3://", "names no bucket; expected s3://BUCKET/PREFIX"],
    ["s3://Bucket_/x", "names no bucket"],
    ["s3://bucket/a b?", "the prefix may hold letters, digits and . _ - = / only"],
  ])("%s is refused: %s", (place, reason) => {
    expect(() => openStorage(place)).toThrow(reason);
  });

  it("takes a prefix with and without a slash at its end for the same", () => {
    expect(openStorage("s3://bucket/a/b/").uri("x")).toBe("s3://bucket/a/b/x");
    expect(openStorage("s3://bucket/a/b").uri("x")).toBe("s3://bucket/a/b/x");
    expect(openStorage("s3://bucket").uri("x")).toBe("s3://bucket/x");
  });
});

await describeWithS3("S3 as storage", "contract", (extensions) => {
  itKeepsTheContract(() => openStorage("s3://contract/some/prefix"));

  it("names what is wrong, and the remedy, where the bucket is not there or cannot be reached", async () => {
    await expect(historyRange("s3://absent/x")).rejects.toThrow("there is no such bucket; create it, or correct the");
    const { AWS_ENDPOINT_URL_S3, AWS_REGION } = process.env;
    process.env.AWS_ENDPOINT_URL_S3 = "http://127.0.0.1:1";
    await expect(historyRange("s3://contract/x")).rejects.toThrow(
      "cannot be reached; check the network and AWS_ENDPOINT",
    );
    process.env.AWS_ENDPOINT_URL_S3 = AWS_ENDPOINT_URL_S3;
    delete process.env.AWS_REGION;
    await expect(historyRange("s3://contract/x")).rejects.toThrow("no AWS region is set; set AWS_REGION");
    process.env.AWS_REGION = AWS_REGION;
  });

  it("names the ways to get DuckDB's extension where there is none", async () => {
    const storage = openStorage("s3://contract/x", { extensions: join(folder, "absent") });
    const database = await openDatabase({ threads: 1 });
    await expect(storage.attach(database)).rejects.toThrow(
      /needs DuckDB's extension httpfs v[\d.]+ for \w+, which cannot be loaded .* FIREBREAK_DUCKDB_EXTENSIONS/,
    );
    database.close();
  });

  describe("for a history", () => {
    const open = (name: string) => openStorage(`s3://contract/${name}`, { extensions });
    const paths = async (name: string) =>
      (await open(name).list("")).map((o) => o.path.replace(/-\d+-[0-9a-f]{8}-[0-9a-f]{8}/, ""));

    it("is ingested, read and compacted to the same traffic as in a folder, and forgets nothing of what it took", async () => {
      const records = (eni: string) =>
        Array.from({ length: 50 }, (_, i) =>
          record({ bytes: i, start: midnight + i * 2000, end: midnight + i * 2000 + 60, "interface-id": eni }),
        );
      const logs = ["eni-a", "eni-b"].map((eni) => writeLog(folder, [...records(eni), record({ dstport: "x" })]));
      const local = join(mkdtempSync(join(folder, "local-")), "history");
      const query = { ...window, halfLife: 3600, owners: new Map<string, string>() };
      for (const log of logs) {
        const [report] = await ingest(log, { into: open("whole"), format: "auto" });
        expect(report).toMatchObject({ stored: 50, rejected: 1 });
        expect(report?.rejectsFile).toMatch(/^s3:\/\/contract\/whole\/rejects\/[0-9a-f]{64}\.jsonl$/);
        await ingest(log, { into: local, format: "auto" });
      }
      const expected = await readTraffic(local, query);
      expect(await readTraffic(open("whole"), query)).toEqual(expected);
      const now = (midnight + 3 * 86_400) * 1000;
      const report = await compactHistory(open("whole"), { now, grace: 60 });
      expect(report).toMatchObject({ sequence: 1, merged: 8, into: 4, files: 4 });
      await compactHistory(open("whole"), { now: now + 60_000, grace: 60 });
      expect(await readTraffic(open("whole"), query)).toEqual(expected);
      const summary = await withFlows(open("whole"), [{ view: "flows", ...window, kind: "summary" }], (d) =>
        d.rows("SELECT sum(bytes) AS bytes FROM flows"),
      );
      expect(summary).toEqual([{ bytes: 2 * 1225 }]);
      expect((await paths("whole")).filter((p) => p.startsWith("day=") || p.startsWith("ingests/"))).toEqual([
        "day=2022-08-20/raw.parquet",
        "day=2022-08-20/summary.parquet",
        "day=2022-08-21/raw.parquet",
        "day=2022-08-21/summary.parquet",
      ]);
      const again = await ingest(logs[0] ?? "", { into: open("whole"), format: "auto" });
      expect(again).toMatchObject([{ stored: 0, alreadyStored: true }]);
    });

    it("loses the files of a run that died, and none that count", async () => {
      const storage = open("orphans");
      await ingest(writeLog(folder, [record({ bytes: 1 })]), { into: storage, format: "auto" });
      const file = join(folder, "orphan");
      writeFileSync(file, "half");
      const orphan = `day=2022-08-20/raw-1-00000000-aaaaaaaa.parquet`;
      await storage.put(orphan, file);
      await compactHistory(storage, { now: Date.now() });
      expect(await storage.size(orphan)).toBe(4);
      await compactHistory(storage, { now: Date.now() + 25 * 3600 * 1000 });
      expect(await storage.size(orphan)).toBeUndefined();
      expect(await historyRange(storage)).toMatchObject({ rows: 1 });
    });

    it("by writers and compactions at once counts each file once", async () => {
      const logs = Array.from({ length: 6 }, (_, i) => writeLog(folder, [record({ bytes: 100 + i })]));
      const write = async (order: readonly string[]) => {
        for (const log of order) await ingest(log, { into: open("busy"), format: "auto" });
      };
      const compact = async () => {
        for (let i = 0; i < 3; i++) await compactHistory(open("busy"), { now: Date.now(), grace: 0 });
      };
      await Promise.all([write(logs), write([...logs].reverse()), compact(), compact()]);
      await compact();
      const catalog = await readCatalog(open("busy"));
      expect(catalog.files).toHaveLength(2);
      const rows = await withFlows(open("busy"), [{ view: "flows", ...window, kind: "raw" }], (d) =>
        d.rows("SELECT bytes FROM flows ORDER BY bytes"),
      );
      expect(rows.map((r) => r.bytes)).toEqual([100, 101, 102, 103, 104, 105]);
    });
  });
});
