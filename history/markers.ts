import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { parseJson } from "../input/json.js";
import { InputError, type Problem } from "../input/problems.js";
import { readAs } from "../input/schema.js";

/*
 * Layout of a history folder:
 *   day=YYYY-MM-DD/INGEST-WRITER.parquet   rows that start on that day, of one ingested file
 *   ingests/INGEST.json                    the marker that makes them count: which files, how many rows and bytes
 *   rejects/INGEST.jsonl                   broken lines of that file
 *   .tmp-WRITER/                           an ingest under way
 * INGEST is the sha256 of the file's uncompressed content and its format; WRITER is one run of one process.
 * Only what a marker names is history, so a run that dies at any point leaves nothing that is read.
 */
const count = z.int("expected a whole number").nonnegative("expected a number that is not negative");

const markerSchema = z.strictObject({
  version: z.literal(1, "expected 1, the version of this layout; use the firebreak that wrote it"),
  id: z.string("expected the ingest's id"),
  source: z.string("expected the name of the ingested file"),
  format: z.string("expected the name of a format"),
  ingestedAt: z.string("expected a time"),
  lines: count,
  stored: count,
  skipped: z.record(z.string(), count),
  rejected: count,
  files: z.array(
    z.strictObject({
      path: z
        .string("expected a path")
        .regex(/^day=\d{4}-\d\d-\d\d\/[\w-]+\.parquet$/, "expected day=DATE/NAME.parquet"),
      rows: count,
      bytes: count,
      from: count,
      to: count,
    }),
  ),
});

/** What one ingested file put into the history. */
export type Marker = z.output<typeof markerSchema>;
export type MarkedFile = Marker["files"][number];

export const markersFolder = "ingests";
export const rejectsFolder = "rejects";

export const markerPath = (history: string, id: string): string => join(history, markersFolder, `${id}.json`);

/** The marker of an ingest, or undefined where it was never completed. */
export function readMarker(history: string, id: string): Marker | undefined {
  const path = markerPath(history, id);
  return existsSync(path) ? readAs(markerSchema, parseJson(readFileSync(path, "utf8"), path), path) : undefined;
}

/** Every marker of the history, sorted by id; none where the folder is missing or empty. */
export function readMarkers(history: string): Marker[] {
  const folder = join(history, markersFolder);
  if (!existsSync(folder)) return [];
  const ids = readdirSync(folder).flatMap((name) => /^([0-9a-f]{64})\.json$/.exec(name)?.[1] ?? []);
  return ids.sort().flatMap((id) => readMarker(history, id) ?? []);
}

/**
 * Refuses files that are not as their marker says: traffic that is missing would be taken for no traffic.
 * @throws InputError naming each file
 */
export function checkFiles(history: string, files: readonly MarkedFile[]): void {
  const problems: Problem[] = [];
  for (const file of files) {
    const size = statSync(join(history, file.path), { throwIfNoEntry: false })?.size;
    if (size === file.bytes) continue;
    const found = size === undefined ? "is missing" : `has ${size} bytes, expected ${file.bytes}`;
    const id = /\/([0-9a-f]+)/.exec(file.path)?.[1] ?? "";
    problems.push({
      place: file.path,
      message: `${found}; restore it, or delete ${markersFolder}/${id}.json and ingest its source again`,
    });
  }
  if (problems.length > 0) throw new InputError(history, problems);
}
