import { foldedIds } from "../catalog.js";
import { listCheckpoints, readCheckpoint } from "../checkpoints.js";
import { listMarkers, readMarker, storedBy } from "../markers.js";
import type { Storage } from "../storage/storage.js";

/** The ids of everything that was stored, for a process that asks again and again. */
export interface StoredIds {
  /** Looks for what others have stored since. */
  readonly refresh: () => Promise<void>;
  readonly has: (id: string) => boolean;
}

/** Reads every id of a history; after that only markers and checkpoints that are new are read. */
export async function openStoredIds(storage: Storage): Promise<StoredIds> {
  const ids = new Set<string>();
  const read = new Set<string>();
  let newest = 0;
  const refresh = async () => {
    for (const marked of await listMarkers(storage)) {
      if (read.has(marked)) continue;
      const marker = await readMarker(storage, marked);
      // Folded meanwhile: the checkpoint that is read below holds it.
      if (marker === undefined) continue;
      read.add(marked);
      for (const id of storedBy(marker)) ids.add(id);
    }
    const sequence = (await listCheckpoints(storage)).at(-1) ?? 0;
    const checkpoint = sequence > newest ? await readCheckpoint(storage, sequence) : undefined;
    if (checkpoint === undefined) return;
    newest = sequence;
    for (const id of foldedIds(checkpoint)) ids.add(id);
  };
  await refresh();
  return { refresh, has: (id) => ids.has(id) };
}
