import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import type { Readable } from "node:stream";
import { InputError, type Problem } from "../input/problems.js";
import { isStored } from "./catalog.js";
import type { TimeWindow } from "./format.js";
import { sweepLeftovers } from "./leftovers.js";
import { rejectsPath } from "./markers.js";
import { type ReadSource, readSource } from "./readSource.js";
import { openRejects, type Rejects } from "./rejects.js";
import { type FlowStage, openStage } from "./stage.js";
import { type Place, storageOf } from "./storage/place.js";
import type { Storage } from "./storage/storage.js";
import { usualInterval } from "./summary.js";
import { closeWriter, commitFiles, type HistoryWriter, openWriter } from "./writer.js";

export interface IngestOptions {
  /** The history; its folder is made where it is missing. */
  readonly into: Place;
  /** A format's name, or `auto`. */
  readonly format: string;
  /** What `-` reads; standard input where not given. */
  readonly stdin?: Readable;
  /** What the source holds, where it is no file; it then only names it. */
  readonly content?: Readable;
  /** The time that the sources are of, where their format needs it said. */
  readonly window?: TimeWindow;
  /** Milliseconds since 1970, for the marker and for the age of leftovers. */
  readonly now?: number;
  /** Seconds of one row of a summary; divides an hour. 300 where not given. */
  readonly interval?: number;
  readonly onProgress?: (progress: { readonly source: string; readonly lines: number }) => void;
}

/** What became of one file. */
export interface IngestReport {
  readonly source: string;
  readonly format: string;
  /** Records: data lines that are neither header nor blank, or what a JSON document holds. */
  readonly lines: number;
  /** Rows that this run added to the history; 0 where the same content was stored before. */
  readonly stored: number;
  /** Lines that rightly hold no flow, and why: reason to count. */
  readonly skipped: number;
  readonly skippedReasons: Readonly<Record<string, number>>;
  /** Broken lines; they are kept in `rejectsFile`, one JSON object a line. */
  readonly rejected: number;
  readonly rejectsFile?: string;
  /** Days (UTC) that the file's rows start on, sorted. */
  readonly days: readonly string[];
  readonly alreadyStored: boolean;
}

/** Share of the data lines that may be broken before the whole file is refused. */
const brokenLimit = 0.1;

/**
 * Reads traffic into the history: a file, every file under a folder (sorted by path), or `-` for standard input.
 * A file counts whole or not at all, once however often it is read, whatever its name and compression.
 * Of the spans of a folder's files, a call that is in several of them counts once, in the first by path.
 * @returns one report a file
 * @throws InputError where a file cannot be read, is of no known format, or has more than 10 % broken lines. Of such
 *   a file nothing is stored; the other files of a folder are, and the error says so
 */
export async function ingest(source: string, options: IngestOptions): Promise<IngestReport[]> {
  const reports: IngestReport[] = [];
  const problems: Problem[] = [];
  const storage = storageOf(options.into);
  const files = options.content === undefined ? filesOf(source) : [source];
  const folder = files.length > 1 ? mkdtempSync(join(tmpdir(), "firebreak-ingest-")) : undefined;
  try {
    for (const file of files) {
      try {
        reports.push(await ingestFile(file, storage, options, folder && join(folder, "calls.duckdb")));
      } catch (error) {
        if (!(error instanceof InputError) || files.length === 1) throw error;
        problems.push(...error.problems);
      }
    }
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
  if (reports.length > 0) await sweepLeftovers(storage, options.now ?? Date.now());
  if (problems.length > 0) {
    const message = `${reports.length} of ${files.length} files are stored; mend or remove the others and run again`;
    throw new InputError(source, [...problems, { place: source, message }]);
  }
  return reports;
}

function filesOf(source: string): string[] {
  if (source === "-") return [source];
  const found = statSync(source, { throwIfNoEntry: false });
  if (found === undefined) {
    throw new InputError(source, [{ place: source, message: "does not exist; check the path" }]);
  }
  if (!found.isDirectory()) return [source];
  const files = readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((path) => !path.split(sep).some((part) => part.startsWith(".")))
    .map((path) => join(source, path))
    .filter((path) => statSync(path).isFile())
    .sort();
  if (files.length > 0) return files;
  throw new InputError(source, [{ place: source, message: "holds no files; name a log or a folder of logs" }]);
}

async function ingestFile(
  source: string,
  storage: Storage,
  options: IngestOptions,
  counted?: string,
): Promise<IngestReport> {
  const writer = await openWriter(storage);
  try {
    const stage = await openStage(writer.folder, counted);
    const rejects = openRejects(join(writer.folder, "rejects.jsonl"));
    try {
      const read = await readSource(source, options, stage, rejects);
      await rejects.close();
      refuseBroken(source, read.lines, rejects);
      return await store(writer, stage, rejects, read, options);
    } finally {
      await rejects.close();
      stage.close();
    }
  } finally {
    await closeWriter(writer);
  }
}

function refuseBroken(source: string, lines: number, rejects: Rejects): void {
  if (rejects.count <= lines * brokenLimit) return;
  const share = ((100 * rejects.count) / lines).toFixed(1);
  const message =
    `${rejects.count} of ${lines} data lines are broken (${share} %, at most ${100 * brokenLimit} % may be); nothing of ` +
    "it was stored. Check that it is whole and of the right --format. The first of them:";
  throw new InputError(source, [
    { place: source, message },
    ...rejects.first.map((r) => ({ place: `${source}:${r.line}`, message: r.reason })),
  ]);
}

async function store(
  writer: HistoryWriter,
  stage: FlowStage,
  rejects: Rejects,
  read: ReadSource,
  { now = Date.now(), interval = usualInterval }: IngestOptions,
): Promise<IngestReport> {
  const { source, format, id, lines } = read;
  const { storage } = writer;
  const skippedReasons = read.skipped;
  const skipped = Object.values(skippedReasons).reduce((sum, n) => sum + n, 0);
  const rejected = rejects.count;
  const rejectsFile = rejected > 0 ? storage.uri(rejectsPath(id)) : undefined;
  const days = await stage.settle(format);
  const report = { source, format, lines, skipped, skippedReasons, rejected, rejectsFile, days };

  if (await isStored(storage, id)) return { ...report, stored: 0, alreadyStored: true };
  const files = await stage.writeDays(writer.folder, format, interval);
  const stored = files.reduce((sum, f) => sum + (f.kind === "raw" ? f.rows : 0), 0);
  const ingestedAt = new Date(now).toISOString();
  const isFirst = await commitFiles(writer, files, rejected > 0 ? rejects.path : undefined, {
    version: 2,
    id,
    source,
    format,
    ingestedAt,
    lines,
    stored,
    skipped: skippedReasons,
    rejected,
  });
  return { ...report, stored: isFirst ? stored : 0, alreadyStored: !isFirst };
}
