import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type TaskResult, tasks } from "./history/tasks.js";
import { writeHistory, writeLog } from "./history/traffic.js";
import { describeMachine } from "./measure.js";
import { showMachine } from "./report.js";

const usage = `npx tsx bench/history.ts [graph] [ingest] [--rows 20000000] [--lines 2000000] [--repeats 3]

  graph   rows of a day in a history -> decayed graph, beside the bare DuckDB query and naive JavaScript
  ingest  lines of text VPC flow logs -> history: records a second
  Without a part's name: both. Each measurement runs in a process of its own; medians of interleaved repeats.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: "string", default: "20000000" },
    lines: { type: "string", default: "2000000" },
    repeats: { type: "string", default: "3" },
    task: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
const [rows, lines, repeats] = [Number(values.rows), Number(values.lines), Number(values.repeats)];

/** Objects of naive JavaScript that fit beside the limits of memory; its time is taken to grow with the rows. */
const naiveRows = Math.min(rows, 1_000_000);
const edges = 5000;

if (values.help) console.log(usage);
else if (values.task !== undefined) console.log(JSON.stringify(await tasks[values.task]?.(positionals[0] ?? "")));
else {
  const folder = mkdtempSync(join(tmpdir(), "firebreak-bench-"));
  try {
    console.log(showMachine(describeMachine()));
    const parts = positionals.length > 0 ? positionals : ["graph", "ingest"];
    if (parts.includes("graph")) await measureGraph(folder);
    if (parts.includes("ingest")) await measureIngest(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureGraph(folder: string): Promise<void> {
  const history = join(folder, "history");
  const small = join(folder, "small");
  await writeHistory(history, rows, edges);
  await writeHistory(small, naiveRows, edges);
  const runs = { graph: [], peaks: [], bare: [], naive: [], objects: [] } as Record<string, TaskResult[]>;
  for (let i = 0; i < repeats; i++) {
    for (const [task, results] of Object.entries(runs)) results.push(runTask(task, isNaive(task) ? small : history));
  }
  const bare = median(runs.bare);
  const naive = median(runs.naive);
  const whole = ({ processorSeconds }: TaskResult) => (processorSeconds * rows) / naiveRows;
  for (const [task, results] of Object.entries(runs)) {
    const one = median(results);
    const processor = isNaive(task) ? whole(one) : one.processorSeconds;
    const how = isNaive(task) ? `, of ${naiveRows} rows and scaled up` : "";
    console.log(
      `${task.padEnd(8)} ${processor.toFixed(2).padStart(8)} s of processor, ${one.seconds.toFixed(2)} s wall, ` +
        `${(processor / bare.processorSeconds).toFixed(2)}× bare, naive is ${(whole(naive) / processor).toFixed(1)}× this, ` +
        `${megabytes(one)} at most, ${one.result} ${task === "peaks" ? "peaks" : "edges"}${how}`,
    );
  }
}

/** Naive JavaScript, reading included, and over objects that are there already. */
function isNaive(task: string): boolean {
  return task === "naive" || task === "objects";
}

async function measureIngest(folder: string): Promise<void> {
  const logs = [
    ["default format, plain", false, false],
    ["default format, gzip", false, true],
    ["version 5 with 18 fields, plain", true, false],
  ] as const;
  for (const [name, custom, gzip] of logs) {
    const log = join(folder, `flows-${custom}.log${gzip ? ".gz" : ""}`);
    await writeLog(log, lines, custom, gzip);
    const results = Array.from({ length: repeats }, (_, i) => {
      const into = join(folder, `ingested-${i}`);
      const result = runTask("ingest", `${log}|${into}`);
      rmSync(into, { recursive: true, force: true });
      return result;
    });
    const one = median(results);
    console.log(
      `ingest ${name}: ${Math.round(one.result / one.seconds).toLocaleString("en")} records/s wall, ` +
        `${((one.processorSeconds / one.result) * 1e6).toFixed(2)} µs of processor a record, ${megabytes(one)} at most, ` +
        `${one.result} records in ${(statSync(log).size / 1e6).toFixed(0)} MB`,
    );
    const parts = ["read", "write"].map((part) => median(Array.from({ length: repeats }, () => runTask(part, log))));
    const each = parts.map((p) => `${((p.processorSeconds / p.result) * 1e6).toFixed(2)} µs`);
    console.log(
      `  of which reading and checking ${each[0]}, sorting and writing rows and snapshots ${each[1]} a record`,
    );
  }
}

function runTask(task: string, place: string): TaskResult {
  const self = fileURLToPath(import.meta.url);
  const out = execFileSync(process.execPath, ["--import", "tsx", self, place, "--task", task], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(out);
}

/** The result of the median processor time. */
function median(results: readonly TaskResult[] | undefined): TaskResult {
  const sorted = [...(results ?? [])].sort((a, b) => a.processorSeconds - b.processorSeconds);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new RangeError("--repeats: expected 1 or more");
  return middle;
}

function megabytes({ memory }: TaskResult): string {
  return `${Math.round(memory / 2 ** 20)} MiB`;
}
