import { InputError, type Problem } from "../input/problems.js";
import { type Checkpoint, listCheckpoints, noCheckpoint, readCheckpoint } from "./checkpoints.js";
import { inParallel } from "./inParallel.js";
import { type FileKind, filesOfKind, type LiveFile } from "./liveFile.js";
import { listMarkers, type Marker, markedFiles, readMarker, storedBy } from "./markers.js";
import type { Storage } from "./storage/storage.js";

/** What counts in a history at one moment. */
export interface Catalog {
  /** The newest checkpoint. */
  readonly checkpoint: Checkpoint;
  /** Sequence numbers of every checkpoint that was there, ascending. */
  readonly sequences: readonly number[];
  /** Ids of every marker that was there, folded or not. */
  readonly marked: readonly string[];
  /** Markers of ingests that no checkpoint holds yet, sorted by id. */
  readonly unfolded: readonly Marker[];
  /** Every file that counts, of both kinds, sorted by path. */
  readonly files: readonly LiveFile[];
}

const attempts = 10;

/**
 * Reads what counts: the newest checkpoint, and the markers that are not folded into it.
 *
 * Markers are listed before checkpoints. A marker that is missing from the list was either not there yet, or removed
 * because a checkpoint holds it, and then the checkpoint that is read after is that one or a later one. A marker that
 * cannot be read after all was folded meanwhile: then everything is read again.
 * @throws InputError where a marker or checkpoint is damaged
 */
export async function readCatalog(storage: Storage): Promise<Catalog> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const marked = await listMarkers(storage);
    const sequences = await listCheckpoints(storage);
    const newest = sequences.at(-1);
    const checkpoint = newest === undefined ? noCheckpoint : await readCheckpoint(storage, newest);
    if (checkpoint === undefined) continue;
    const folded = foldedIds(checkpoint);
    const markers = await inParallel(
      marked.filter((id) => !folded.has(id)),
      (id) => readMarker(storage, id),
    );
    const unfolded = markers.filter((marker) => marker !== undefined);
    if (unfolded.length < markers.length) continue;
    const files = [...checkpoint.files, ...unfolded.flatMap(markedFiles)];
    return { checkpoint, sequences, marked, unfolded, files: files.sort((a, b) => (a.path < b.path ? -1 : 1)) };
  }
  throw new Error(`${storage.name} changed each of the ${attempts} times that its catalog was read; try again`);
}

export const foldedIds = (checkpoint: Checkpoint): ReadonlySet<string> =>
  new Set(checkpoint.folded.flatMap(({ ids }) => ids));

/** Whether what has this id is part of the history: by its own marker, in another's, or folded. */
export async function isStored(storage: Storage, id: string): Promise<boolean> {
  if ((await readMarker(storage, id)) !== undefined) return true;
  // The marker may be gone because its ingest was folded: asked in this order, one of the two is seen.
  const { checkpoint, unfolded } = await readCatalog(storage);
  return foldedIds(checkpoint).has(id) || unfolded.some((marker) => storedBy(marker).includes(id));
}

export interface WantedFiles {
  /** Unix seconds, inclusive. */
  readonly from: number;
  /** Unix seconds, exclusive. */
  readonly to: number;
  readonly kind: FileKind;
}

/** The files that together hold the traffic of a window once, sorted by path. */
export const filesOfWindow = (catalog: Catalog, { from, to, kind }: WantedFiles): LiveFile[] =>
  filesOfKind(catalog.files, kind).filter((f) => f.to > from && f.from < to);

/**
 * Refuses files that are not as the catalog says: traffic that is missing would be taken for no traffic.
 * @throws InputError naming each file
 */
export async function checkFiles(storage: Storage, files: readonly LiveFile[]): Promise<void> {
  const sizes = await inParallel(files, (file) => storage.size(file.path));
  const problems = files.flatMap((file, i): Problem[] => {
    const size = sizes[i];
    if (size === file.bytes) return [];
    const found = size === undefined ? "is missing" : `has ${size} bytes, expected ${file.bytes}`;
    const id = /\/([0-9a-f]{64})-/.exec(file.path)?.[1];
    const remedy =
      id === undefined
        ? "restore it from a backup: it holds the rows of many ingests"
        : `restore it, or delete ingests/${id}.json and ingest its source again`;
    return [{ place: file.path, message: `${found}; ${remedy}` }];
  });
  if (problems.length > 0) throw new InputError(storage.name, problems);
}
