import { mkdirSync, realpathSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { openConnections } from "./connections.js";
import { emptyRecord, type FlowRecord, header, interfaceOf, recordsOf } from "./flowLog.js";
import { placePods } from "./inventory.js";
import { type Random, seedRandom } from "./random.js";

export interface TrafficOptions {
  /** Whole number; the same seed and start give the same bytes. */
  readonly seed: number;
  /** Unix seconds of the first packet. */
  readonly start: number;
}

const seconds = 3600;

/**
 * One hour of the application's VPC flow logs: the default format, version 2, with its header, in the order in which
 * the records were closed.
 */
export function writeFlowLog({ seed, start }: TrafficOptions): string {
  const random = seedRandom(seed);
  const hour = { from: start, to: start + seconds };
  const records = openConnections(placePods(), hour, random).flatMap(recordsOf);
  records.push(...emptyRecords(start, random));
  records.sort((a, b) => a.end - b.end || (a.line < b.line ? -1 : a.line > b.line ? 1 : 0));
  return `${header}\n${records.map(({ line }) => line).join("\n")}\n`;
}

/** A spare node's interface has nothing to log; once in a while a busy one's records were skipped. */
function emptyRecords(start: number, random: Random): FlowRecord[] {
  const minutes = Array.from({ length: seconds / 60 }, (_, minute) => start + minute * 60);
  const idle = minutes.map((at) => emptyRecord(interfaceOf("spare-node"), at, "NODATA"));
  const skipped = [7, 31, 52].map((minute) =>
    emptyRecord(interfaceOf(`frontend-${random.whole(0, 2)}`), start + minute * 60, "SKIPDATA"),
  );
  return [...idle, ...skipped];
}

const usage = `Usage: npx tsx examples/online-boutique/traffic.ts --out FILE [--seed N] [--start ISO]

Writes an hour of VPC flow logs of Online Boutique (gzip where FILE ends with .gz).

  --out FILE    where to write
  --seed N      whole number (default: 1)
  --start ISO   time of the first packet (default: 2026-11-25T09:00:00Z)
`;

function main(args: string[]): void {
  const { values } = parseArgs({
    args,
    options: {
      out: { type: "string" },
      seed: { type: "string", default: "1" },
      start: { type: "string", default: "2026-11-25T09:00:00Z" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  if (values.out === undefined) throw new TypeError("--out is missing; name the file to write");
  const start = Date.parse(values.start) / 1000;
  if (!Number.isInteger(start))
    throw new TypeError(`--start ${values.start}: expected a time such as 2026-11-25T09:00:00Z`);
  if (!/^\d{1,10}$/.test(values.seed)) throw new TypeError(`--seed ${values.seed}: expected a whole number`);
  const log = writeFlowLog({ seed: Number(values.seed), start });
  const partial = `${values.out}.partial`;
  mkdirSync(dirname(partial), { recursive: true });
  writeFileSync(partial, values.out.endsWith(".gz") ? gzipSync(log) : log);
  renameSync(partial, values.out);
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    process.exitCode = 2;
  }
}
