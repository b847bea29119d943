import { type Catalog, readCatalog } from "./catalog.js";
import { putCheckpoint } from "./checkpoints.js";
import { foldCatalog, removable, saysNothingNew } from "./fold.js";
import { inParallel } from "./inParallel.js";
import { sweepLeftovers } from "./leftovers.js";
import type { LiveFile } from "./liveFile.js";
import { mergeFiles } from "./merge.js";
import { planCompaction } from "./retention.js";
import { type Place, storageOf } from "./storage/place.js";
import type { Storage } from "./storage/storage.js";
import { usualInterval } from "./summary.js";
import { closeWriter, openWriter } from "./writer.js";

export interface CompactionOptions {
  /** Milliseconds since 1970. */
  readonly now?: number;
  /** Seconds that a file which no longer counts stays for those who may be reading it. An hour where not given. */
  readonly grace?: number;
  /** Seconds that rows are kept as they were ingested (7 days where not given), and that summaries are kept (90 days). */
  readonly keepRaw?: number;
  readonly keepSummaries?: number;
  /** Seconds of one row of a summary; divides an hour. 300 where not given. */
  readonly interval?: number;
  /** Files of one kind and day from which on they are merged. 2 where not given. */
  readonly several?: number;
}

export interface CompactionReport {
  /** Number of the checkpoint that now holds, 0 before the first, and whether it is of this run. */
  readonly sequence: number;
  readonly changed: boolean;
  /** Files that count. */
  readonly files: number;
  /** Files that were merged, and into how many. */
  readonly merged: number;
  readonly into: number;
  /** Days (UTC) that lost their rows to their summaries, and days that went whole. Sorted. */
  readonly summarised: readonly string[];
  readonly expired: readonly string[];
  /** Objects that no longer counted: removed now, and waiting until their grace is over. */
  readonly removed: number;
  readonly waiting: number;
}

const day = 86_400;
const attempts = 8;

/**
 * Folds the ingests since the last checkpoint into a new one: merges the small files of each day, and lets go what is
 * past retention. Ages count from the newest traffic (or from now, where that is earlier), so that a history that nothing
 * is added to stays as it is. The new checkpoint is put where none of its number is, as in the log of Delta Lake
 * (Armbrust et al., "Delta Lake: High-Performance ACID Table Storage over Cloud Object Stores", VLDB 2020, section 3.2):
 * of several at once one wins, and the others begin again from what it left. What is no longer referred to is removed by
 * a later run, when its grace is over.
 * @throws InputError where the history is damaged: it stays as it was
 */
export async function compactHistory(history: Place, options: CompactionOptions = {}): Promise<CompactionReport> {
  const storage = storageOf(history);
  const chosen = {
    now: Math.floor((options.now ?? Date.now()) / 1000),
    grace: options.grace ?? 3600,
    keepRaw: options.keepRaw ?? 7 * day,
    keepSummaries: options.keepSummaries ?? 90 * day,
    interval: options.interval ?? usualInterval,
    several: Math.max(2, options.several ?? 2),
  };
  for (let attempt = 0; attempt < attempts; attempt++) {
    const catalog = await readCatalog(storage);
    const report = await compactOnce(storage, catalog, chosen).catch(async (error: unknown) => {
      // Another compaction may have let go a file that this one was about to merge, or the answer to our own was lost.
      if ((await readCatalog(storage)).checkpoint.sequence === catalog.checkpoint.sequence) throw error;
      return undefined;
    });
    if (report === undefined) continue;
    await sweepLeftovers(storage, chosen.now * 1000);
    return report;
  }
  throw new Error(
    `another compaction of ${storage.name} was first ${attempts} times in a row; it is compacted already`,
  );
}

/** @returns nothing where another compaction was first: then nothing is left of this one */
async function compactOnce(
  storage: Storage,
  catalog: Catalog,
  options: Required<CompactionOptions>,
): Promise<CompactionReport | undefined> {
  const { now, grace, keepRaw, keepSummaries, interval, several } = options;
  const asOf = catalog.files.reduce((newest, f) => Math.max(newest, f.to), 0);
  const retention = { asOf: Math.min(asOf, now), keepRaw, keepSummaries, several };
  const plan = planCompaction(catalog.files, retention);
  const merged: LiveFile[] = [];
  // Once the checkpoint may be there, its files stay, also where no answer came: unnamed ones are swept later.
  let mayCount = false;
  try {
    if (plan.merges.length > 0) {
      const writer = await openWriter(storage);
      try {
        for (const merge of plan.merges) merged.push(await mergeFiles(writer, merge, interval));
      } finally {
        await closeWriter(writer);
      }
    }
    const files = [...plan.keep, ...merged].sort((a, b) => (a.path < b.path ? -1 : 1));
    const fold = { now, grace, forgetBefore: retention.asOf - keepSummaries };
    const next = foldCatalog(catalog, files, fold);
    // Before the checkpoint that forgets them: where a run dies in between, a later one removes the rest.
    const gone = removable(catalog, fold);
    await inParallel(gone, storage.remove);
    const changed = !saysNothingNew(next, catalog.checkpoint);
    if (changed) {
      mayCount = true;
      mayCount = await putCheckpoint(storage, next);
      if (!mayCount) return undefined;
    }
    return {
      sequence: changed ? next.sequence : catalog.checkpoint.sequence,
      changed,
      files: files.length,
      merged: plan.merges.reduce((sum, m) => sum + m.files.length, 0),
      into: merged.length,
      summarised: plan.summarised,
      expired: plan.expired,
      removed: gone.length,
      waiting: next.retired.length,
    };
  } finally {
    if (!mayCount) await inParallel(merged, (file) => storage.remove(file.path));
  }
}
