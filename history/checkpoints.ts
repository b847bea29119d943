import { z } from "zod";
import { parseJson } from "../input/json.js";
import { readAs } from "../input/schema.js";
import { count, fileFields, fileKind } from "./liveFile.js";
import type { Storage } from "./storage/storage.js";

const day = z.string("expected a day").regex(/^\d{4}-\d\d-\d\d$/, "expected YYYY-MM-DD");

const checkpointSchema = z.strictObject({
  version: z.literal(1, "expected 1, the version of this layout; use the firebreak that wrote it"),
  sequence: count,
  writtenAt: z.string("expected a time"),
  files: z.array(z.strictObject({ ...fileFields, kind: fileKind, alone: z.literal(true).optional() })),
  /** Ingests whose files are among `files` or were merged into them, by the last day of their traffic. */
  folded: z.array(z.strictObject({ day, ids: z.array(z.string("expected the id of an ingest")) })),
  /** Objects that nothing refers to any more, and the unix second from which they may be removed. */
  retired: z.array(z.strictObject({ path: z.string("expected a path"), after: count })),
});

/** The whole state of the history at one point, but for the ingests after it. */
export type Checkpoint = z.output<typeof checkpointSchema>;

export const checkpointsFolder = "checkpoints";
export const checkpointPath = (sequence: number): string =>
  `${checkpointsFolder}/${String(sequence).padStart(8, "0")}.json`;

/** The state before the first checkpoint. */
export const noCheckpoint: Checkpoint = { version: 1, sequence: 0, writtenAt: "", files: [], folded: [], retired: [] };

/** The sequence numbers of the checkpoints that are there, ascending. */
export async function listCheckpoints(storage: Storage): Promise<number[]> {
  const objects = await storage.list(checkpointsFolder);
  return objects.flatMap(({ path }) => /^checkpoints\/(\d{8})\.json$/.exec(path)?.[1] ?? []).map(Number);
}

/** A checkpoint, or undefined where there is none of that number. */
export async function readCheckpoint(storage: Storage, sequence: number): Promise<Checkpoint | undefined> {
  const path = checkpointPath(sequence);
  const text = await storage.read(path);
  if (text === undefined) return undefined;
  return readAs(checkpointSchema, parseJson(text, storage.uri(path)), storage.uri(path));
}

/** Makes a checkpoint the newest. False: another has its number already, and this one must be made anew from that. */
export const putCheckpoint = (storage: Storage, checkpoint: Checkpoint): Promise<boolean> =>
  storage.putIfAbsent(checkpointPath(checkpoint.sequence), `${JSON.stringify(checkpoint)}\n`);
