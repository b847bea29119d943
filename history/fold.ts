import type { Catalog } from "./catalog.js";
import { type Checkpoint, checkpointPath } from "./checkpoints.js";
import { dayOf, type LiveFile } from "./liveFile.js";
import { type Marker, markerPath, storedBy } from "./markers.js";

export interface FoldOptions {
  /** Unix seconds. */
  readonly now: number;
  /** Seconds that what is no longer referred to stays. */
  readonly grace: number;
  /** Unix seconds: ingests of traffic before it need not be known any more. */
  readonly forgetBefore: number;
}

/**
 * The checkpoint after a catalog's: `files` count, every ingest so far is folded in, and what is no longer referred to is
 * retired. An ingest that is forgotten would be stored again if its source were read again, so it is known until its
 * traffic is past retention, and for as long as its marker is there.
 */
export function foldCatalog(catalog: Catalog, files: readonly LiveFile[], options: FoldOptions): Checkpoint {
  const { checkpoint, marked, unfolded } = catalog;
  const known = checkpoint.folded.map(({ day, ids }) => ({ day, ids: [...ids] }));
  for (const marker of unfolded) {
    const day = lastDay(marker);
    const group = known.find((g) => g.day === day);
    if (group === undefined) known.push({ day, ids: storedBy(marker) });
    else group.ids.push(...storedBy(marker));
  }
  const there = new Set(marked);
  const folded = known
    .map(({ day, ids }) => ({
      day,
      ids: isPast(day, options.forgetBefore) ? ids.filter((id) => there.has(id)) : ids.sort(),
    }))
    .filter(({ ids }) => ids.length > 0)
    .sort((a, b) => (a.day < b.day ? -1 : 1));
  const kept = new Set([...files, ...checkpoint.retired].map((f) => f.path));
  const retired = [...catalog.files.map((f) => f.path), ...marked.map(markerPath)].filter((path) => !kept.has(path));
  const after = options.now + options.grace;
  return {
    version: 1,
    sequence: checkpoint.sequence + 1,
    writtenAt: new Date(options.now * 1000).toISOString(),
    files: files.map(({ alone, ...file }) => (alone ? { ...file, alone: true as const } : file)),
    folded,
    retired: [...checkpoint.retired.filter((r) => r.after > options.now), ...retired.map((path) => ({ path, after }))],
  };
}

/** The last day (UTC) that an ingest's rows start on; of one without rows the day of the ingest. */
const lastDay = (marker: Marker): string => marker.files.map(dayOf).sort().at(-1) ?? marker.ingestedAt.slice(0, 10);

const isPast = (day: string, before: number): boolean => Date.parse(day) / 1000 + 86_400 <= before;

/** Whether a checkpoint says nothing that the one before did not. */
export const saysNothingNew = (next: Checkpoint, before: Checkpoint): boolean =>
  JSON.stringify([next.files, next.folded, next.retired]) ===
  JSON.stringify([before.files, before.folded, before.retired]);

/**
 * What may be removed: the retired whose time has come, and checkpoints before one that has been the newest for the
 * grace. Nothing that was retired ever counts again, so that anyone who has read this catalog may remove them.
 */
export function removable({ checkpoint, sequences }: Catalog, { now, grace }: FoldOptions): string[] {
  const due = checkpoint.retired.filter((r) => r.after <= now).map((r) => r.path);
  const isSettled = now >= Date.parse(checkpoint.writtenAt) / 1000 + grace;
  const older = isSettled ? sequences.filter((s) => s < checkpoint.sequence) : [];
  return [...due, ...older.map(checkpointPath)];
}
