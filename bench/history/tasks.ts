import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildGraph } from "../../graph/build.js";
import { defaultEstimates } from "../../graph/estimate.js";
import { ingest } from "../../history/ingest.js";
import { openDatabase, quoted } from "../../history/parquet.js";
import { readSource } from "../../history/readSource.js";
import { readTraffic } from "../../history/readTraffic.js";
import { openRejects } from "../../history/rejects.js";
import { openStage } from "../../history/stage.js";
import { usualInterval } from "../../history/summary.js";
import { decayNaively } from "./naive.js";
import { midnight } from "./traffic.js";

const from = midnight;
const to = midnight + 86_400;
const halfLife = 21_600;

/** What one measured task gives: how many edges or rows, so that it is seen to have done its work. */
export interface TaskResult {
  readonly seconds: number;
  readonly processorSeconds: number;
  /** Largest resident memory of the process, in bytes. */
  readonly memory: number;
  readonly result: number;
}

/** Each runs in a process of its own, so that its memory is its own. */
export const tasks: Readonly<Record<string, (place: string) => Promise<TaskResult>>> = {
  graph: (history) =>
    measure(
      async () => {
        const traffic = await readTraffic(history, { from, to, halfLife, owners: new Map(), peaksOf: new Set() });
        return buildGraph(traffic, { instances: [], services: [], domains: [] }, defaultEstimates);
      },
      (graph) => graph.dependencies.length,
    ),
  peaks: (history) =>
    measure(
      () => readTraffic(history, { from, to, halfLife, owners: new Map() }),
      (t) => t.peaks.length,
    ),
  bare: (history) => bare(history),
  naive: (history) => naive(history, true),
  objects: (history) => naive(history, false),
  read: (log) => stageLog(log, "read"),
  write: (log) => stageLog(log, "write"),
  ingest: async (place) => {
    const [log = "", into = ""] = place.split("|");
    return await measure(
      () => ingest(log, { into, format: "auto" }),
      (reports) => reports[0]?.stored ?? 0,
    );
  },
};

/** One GROUP BY with decay, and the largest over observers, on as many threads as the history reads with. */
async function bare(history: string): Promise<TaskResult> {
  const database = await openDatabase({ threads: 1 });
  try {
    const query = `
      SELECT client, server, sum(connections) AS connections, sum(bytes) AS bytes, min(first) AS first, max(last) AS last
      FROM (
        SELECT client, server, server_port, max(connections) AS connections, max(bytes) AS bytes, min(first) AS first, max(last) AS last
        FROM (
          SELECT client, server, server_port, observer, sum(connections * weight) AS connections,
            sum(bytes * weight) AS bytes, min(start) AS first, max("end") AS last
          FROM (SELECT *, pow(2, -greatest(${to} - "end"::DOUBLE, 0) / ${halfLife}) AS weight
            FROM read_parquet(${quoted(`${history}/day=*/*-raw.parquet`)})
            WHERE outcome = 'accepted' AND "end" > ${from} AND start < ${to})
          GROUP BY client, server, server_port, observer)
        GROUP BY client, server, server_port)
      GROUP BY client, server`;
    return await measure(
      () => database.rows(query),
      (rows) => rows.length,
    );
  } finally {
    database.close();
  }
}

/** From the same file to objects, and over them: reading is timed, as it is for the others, or is not. */
async function naive(history: string, isReadTimed: boolean): Promise<TaskResult> {
  const database = await openDatabase({ threads: 1 });
  try {
    const query = `SELECT start, "end", client, server, server_port, observer, connections, bytes, outcome
      FROM read_parquet(${quoted(`${history}/day=*/*-raw.parquet`)})`;
    const read = isReadTimed ? undefined : await database.rows(query);
    return await measure(
      async () => decayNaively(read ?? (await database.rows(query)), from, to, halfLife),
      (edges) => edges.length,
    );
  } finally {
    database.close();
  }
}

/** Part of an ingest: reading a log into the stage (SHA-256 included), or writing what is staged as rows and snapshots. */
async function stageLog(log: string, part: "read" | "write"): Promise<TaskResult> {
  const folder = mkdtempSync(join(tmpdir(), "firebreak-bench-stage-"));
  const stage = await openStage(folder);
  const rejects = openRejects(join(folder, "rejects.jsonl"));
  const read = () => readSource(log, { format: "auto" }, stage, rejects);
  try {
    if (part === "read") return await measure(read, ({ lines }) => lines);
    const { format } = await read();
    const write = async () => {
      await stage.settle(format);
      return await stage.writeDays(folder, format, usualInterval);
    };
    return await measure(write, (files) => files.reduce((sum, f) => sum + (f.kind === "raw" ? f.rows : 0), 0));
  } finally {
    await rejects.close();
    stage.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure<T>(run: () => Promise<T>, sizeOf: (value: T) => number): Promise<TaskResult> {
  const used = process.cpuUsage();
  const started = performance.now();
  const value = await run();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(used);
  const memory = process.resourceUsage().maxRSS * 1024;
  return { seconds, processorSeconds: (user + system) / 1e6, memory, result: sizeOf(value) };
}
