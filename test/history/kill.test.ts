import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { randomNumbers } from "../../bench/random.js";
import { readCatalog } from "../../history/catalog.js";
import { withFlows } from "../../history/flows.js";
import { openLocal } from "../../history/storage/local.js";
import { runChild } from "./child.js";
import { compileChild } from "./compiled.js";
import { midnight, record, testFolder, writeLog } from "./flowLogs.js";

const folder = testFolder();
const program = compileChild(join(folder, "program"));
const days = 2;
const window = { from: midnight, to: midnight + days * 86_400 };

/** A log whose rows tell by their observer which log they are of: mostly a few rows, now and then hundreds, on both days. */
interface Log {
  readonly path: string;
  readonly observer: string;
  readonly rows: number;
}

function newLog(number: number): Log {
  const observer = `eni-${number}`;
  const rows = number % 10 === 4 ? 500 : 3;
  const lines = Array.from({ length: rows }, (_, i) => {
    const start = midnight + (rows === 3 ? i * 100 : Math.floor((i * days * 86_400) / rows));
    return record({ "interface-id": observer, start, end: start + 60, bytes: i, srcaddr: `10.0.${i % 7}.1` });
  });
  return { path: writeLog(folder, lines), observer, rows };
}

/** Rows of each observer, and the connections that the summaries count for it. */
async function stored(history: string): Promise<Map<string, readonly [number, number]>> {
  const storage = openLocal(history);
  if ((await readCatalog(storage)).files.length === 0) return new Map();
  const views = [
    { view: "flows", ...window, kind: "raw" },
    { view: "snapshots", ...window, kind: "summary" },
  ] as const;
  const rows = await withFlows(storage, views, (database) =>
    database.rows(
      `SELECT observer, rows, connections
       FROM (SELECT observer, count(*)::DOUBLE AS rows FROM flows GROUP BY observer)
       FULL JOIN (SELECT observer, sum(connections) AS connections FROM snapshots GROUP BY observer) USING (observer)`,
    ),
  );
  return new Map(rows.map((r) => [String(r.observer), [Number(r.rows), Number(r.connections)]]));
}

/**
 * Works on one history with children that are killed, one after the other, each going on where the one before was.
 * After each kill every log counts whole or not at all, and those that were acknowledged count.
 */
async function killOften(
  history: string,
  kills: number,
  howOf: () => { kill?: number; after?: number; delay?: number },
  first: number,
) {
  const logs: Log[] = [];
  const acknowledged = new Set<string>();
  const open = () => logs.filter((log) => !acknowledged.has(log.path));
  let killed = 0;
  for (let run = 0; killed < kills; run++) {
    expect(run, "children end before they are killed").toBeLessThan(3 * kills);
    while (open().length < 8) logs.push(newLog(first + logs.length));
    const how = howOf();
    const point = `${JSON.stringify(how)} of run ${run}`;
    const steps = open().flatMap((log, i) => (i % 2 === 0 ? [log.path] : [log.path, "compact"]));
    const { signal, code, acknowledged: done } = await runChild(program, history, steps, how);
    for (const step of done) acknowledged.add(step);
    if (signal === "SIGKILL") killed++;
    else expect(code, point).toBe(0);
    const found = await stored(history);
    for (const log of logs) {
      const [rows, connections] = found.get(log.observer) ?? [0, 0];
      expect(rows === 0 && !acknowledged.has(log.path) ? 0 : log.rows, point).toBe(rows);
      expect(connections, point).toBe(rows);
    }
  }
  // Those that are left, and some that are stored already, the first long folded and their markers gone.
  const rest = [...open(), ...logs.slice(0, 6)].map((log) => log.path);
  const { code } = await runChild(program, history, [...rest, "compact", "compact", "compact"]);
  expect(code).toBe(0);
  const found = await stored(history);
  expect(found.size).toBe(logs.length);
  for (const log of logs) expect(found.get(log.observer)).toEqual([log.rows, log.rows]);
  return logs.length;
}

/** Nothing but what counts is left: no temporary folder, no file that a dead run wrote, no marker that is folded. */
async function expectClean(history: string): Promise<void> {
  const { files, checkpoint } = await readCatalog(openLocal(history));
  const names = readdirSync(history);
  expect(names.filter((name) => name.startsWith(".tmp-"))).toEqual([]);
  const parquet = names
    .filter((name) => name.startsWith("day="))
    .flatMap((day) => readdirSync(join(history, day)).map((file) => `${day}/${file}`));
  expect(parquet.sort()).toEqual(files.map((f) => f.path));
  expect(parquet).toHaveLength(2 * days);
  expect(existsSync(join(history, "ingests")) ? readdirSync(join(history, "ingests")) : []).toEqual([]);
  expect(checkpoint.retired).toEqual([]);
}

/*
 * An ingest of one day has six boundaries of storage operations: before and after rows, summary and marker. A compaction
 * has two for each file that it writes, for its checkpoint, and for each object that it removes.
 */
describe.concurrent("killed with SIGKILL, a history loses nothing acknowledged and counts nothing twice", () => {
  it("at 50 boundaries between its operations on the storage", async () => {
    const history = join(folder, "boundaries");
    const random = randomNumbers(11);
    await killOften(history, 50, () => ({ kill: 1 + Math.floor(random() * 24) }), 0);
    await expectClean(history);
  }, 600_000);

  it("at 50 moments while it reads, writes Parquet, merges and renames", async () => {
    const history = join(folder, "moments");
    const random = randomNumbers(12);
    await killOften(
      history,
      50,
      () => ({ after: Math.floor(random() * 4), delay: Math.floor(random() * 200) }),
      100_000,
    );
    await expectClean(history);
  }, 600_000);
});
