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
  const refresh = async () => {
    for (const marked of await listMarkers(storage)) {
      if (read.has(marked)) continue;
      const marker = await readMarker(storage, marked);
      // Folded into a checkpoint meanwhile: it is looked for there at the next start, and was seen here if it is of this process.
      if (marker === undefined) continue;
      read.add(marked);
      for (const id of storedBy(marker)) ids.add(id);
    }
  };
  await refresh();
  for (const id of foldedIds((await readCatalog(storage)).checkpoint)) ids.add(id);
  return { refresh, has: (id) => ids.has(id) };
}
