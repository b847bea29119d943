import { foldedIds, readCatalog } from "../catalog.js";
import { listMarkers, readMarker, storedBy } from "../markers.js";
import type { Storage } from "../storage/storage.js";

/** The ids of everything that was stored, for a process that asks again and again. */
export interface StoredIds {
  /** Looks for what others have stored since. */
  readonly refresh: () => Promise<void>;
  readonly has: (id: string) => boolean;
}

/** Reads every id of a history; after that only markers that are new are read. */
export async function openStoredIds(storage: Storage): Promise<StoredIds> {
  const ids = new Set<string>();
  const read = new Set<string>();
  const readFolded = async () => {
    for (const id of foldedIds((await readCatalog(storage)).checkpoint)) ids.add(id);
  };
  const refresh = async () => {
    for (const marked of await listMarkers(storage)) {
      if (read.has(marked)) continue;
      const marker = await readMarker(storage, marked);
      read.add(marked);
      // It was folded into a checkpoint between the two calls.
      if (marker === undefined) await readFolded();
      else for (const id of storedBy(marker)) ids.add(id);
    }
  };
  await refresh();
  await readFolded();
  return { refresh, has: (id) => ids.has(id) };
}
