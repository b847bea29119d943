import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { ingest } from "../../history/ingest.js";
import { historyRange, readTraffic } from "../../history/readTraffic.js";
import { midnight, record, testFolder, writeLog } from "./flowLogs.js";

const lineCount = 200_000;
const days = 8;
const folder = testFolder();
const into = join(folder, "history");
const child = fileURLToPath(new URL("./ingestChild.ts", import.meta.url));
const window = { from: midnight, to: midnight + days * 86_400 + 60, halfLife: 3600, owners: new Map() };

function startIngest(log: string): { process: ChildProcess; ended: Promise<NodeJS.Signals | number | null> } {
  const started = spawn(process.execPath, ["--import", "tsx", child, log, into], { stdio: "inherit" });
  const ended = new Promise<NodeJS.Signals | number | null>((done) =>
    started.once("exit", (code, signal) => done(signal ?? code)),
  );
  return { process: started, ended };
}

const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));
const namesIn = (path: string) => (existsSync(path) ? readdirSync(path) : []);
const dayFiles = () => namesIn(into).flatMap((day) => (day.startsWith("day=") ? namesIn(join(into, day)) : []));

/** Waits until `seen`, looking often, then for `delay`; or until the child has ended. */
async function waitFor(seen: () => boolean, delay: number, ended: Promise<unknown>): Promise<void> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  while (!over && !seen()) await pause(1);
  if (!over && delay > 0) await pause(delay);
}

const working = () => namesIn(into).some((name) => name.startsWith(".tmp-"));
const written = (day: string) =>
  namesIn(into).some((name) => name.startsWith(".tmp-") && namesIn(join(into, name)).includes(`${day}.parquet`));
/** Day files in place beyond the one that was there before. */
const placed = (files: number) => dayFiles().length >= 2 + 2 * files;
const marked = () => namesIn(join(into, "ingests")).length > 1;

/** Where a run is killed: at the start, while it reads, as files come into place one by one, before and after the marker. */
const killPoints: readonly (readonly [string, () => boolean, number])[] = [
  ["before it made anything", () => true, 50],
  ["as its temporary folder appears", working, 0],
  ...[83, 307, 641, 1129].map((delay) => [`${delay} ms into reading`, working, delay] as const),
  ["as its first day is written", () => written("2022-08-20"), 0],
  ["with its first day in place", () => placed(1), 0],
  ["with its third day in place", () => placed(3), 0],
  ["with its last day in place", () => placed(days), 0],
  ["as its marker appears", marked, 0],
];

it("killed at any point leaves a history of whole files only, which a next run completes and cleans", async () => {
  const log = writeLog(
    folder,
    Array.from({ length: lineCount }, (_, i) => {
      const start = midnight + Math.floor((i * days * 86_400) / lineCount);
      return record({ start, end: start + 60, bytes: i, srcport: 32_768 + (i % 20_000), srcaddr: `10.0.${i % 7}.1` });
    }),
  );
  const before = writeLog(folder, [record(), record({ bytes: 5 })]);
  let killed = 0;
  for (const [point, seen, delay] of killPoints) {
    rmSync(into, { recursive: true, force: true });
    await ingest(before, { into, format: "auto" });
    const run = startIngest(log);
    await waitFor(seen, delay, run.ended);
    run.process.kill("SIGKILL");
    if ((await run.ended) === "SIGKILL") killed++;

    const rows = (await historyRange(into))?.rows;
    expect([2, lineCount + 2], point).toContain(rows);
    expect((await readTraffic(into, window)).rows, point).toBe(rows);

    const [report] = await ingest(log, { into, format: "auto" });
    expect(report?.alreadyStored, point).toBe(rows !== 2);
    expect((await readTraffic(into, window)).rows, point).toBe(lineCount + 2);
    expect(dayFiles(), point).toHaveLength(2 * (days + 1));
    expect(
      namesIn(into).filter((n) => n.startsWith(".tmp-")),
      point,
    ).toEqual([]);
  }
  expect(killed).toBeGreaterThanOrEqual(8);
}, 300_000);
