import { z } from "zod";
import { parseJson } from "../input/json.js";
import { readAs } from "../input/schema.js";
import { count, fileFields, fileKind, type LiveFile } from "./liveFile.js";
import type { Storage } from "./storage/storage.js";

const markerSchema = z.strictObject({
  version: z.literal([1, 2], "expected 1 or 2, the version of this layout; use the firebreak that wrote it"),
  id: z.string("expected the ingest's id"),
  source: z.string("expected the name of the ingested file"),
  format: z.string("expected the name of a format"),
  ingestedAt: z.string("expected a time"),
  lines: count,
  stored: count,
  skipped: z.record(z.string(), count),
  rejected: count,
  /** Ids of the bodies that were stored together in this one, where it is of more than one. */
  bodies: z.array(z.string("expected the id of a body")).optional(),
  files: z.array(z.strictObject({ ...fileFields, kind: fileKind.default("raw") })),
});

/** What one ingested file put into the history. Version 1 has raw files only. */
export type Marker = z.output<typeof markerSchema>;

export const markersFolder = "ingests";
export const markerPath = (id: string): string => `${markersFolder}/${id}.json`;
export const rejectsFolder = "rejects";
export const rejectsPath = (id: string): string => `${rejectsFolder}/${id}.jsonl`;

/** The marker of an ingest, or undefined where it was never completed, or was folded into a checkpoint long ago. */
export async function readMarker(storage: Storage, id: string): Promise<Marker | undefined> {
  const text = await storage.read(markerPath(id));
  if (text === undefined) return undefined;
  const place = storage.uri(markerPath(id));
  return readAs(markerSchema, parseJson(text, place), place);
}

/** The ids of every marker that is there, sorted. */
export async function listMarkers(storage: Storage): Promise<string[]> {
  const objects = await storage.list(markersFolder);
  return objects.flatMap(({ path }) => /^ingests\/([0-9a-f]{64})\.json$/.exec(path)?.[1] ?? []);
}

/** Every id that counts as stored by this marker: a checkpoint that folds it must hold them all. */
export const storedBy = (marker: Marker): string[] => [marker.id, ...(marker.bodies ?? [])];

/** The files that a marker names. */
export const markedFiles = (marker: Marker): LiveFile[] =>
  marker.files.map((file) => (marker.version === 1 ? { ...file, alone: true } : file));
