import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { readCatalog } from "./catalog.js";
import { isLeftover } from "./processName.js";
import type { Storage } from "./storage/storage.js";

/**
 * Removes what runs that died left behind: temporary folders, and Parquet files that neither marker nor checkpoint names.
 * A run's names are its own, so once it is gone nobody can still complete them; the catalog is read after that was seen.
 * @param now milliseconds since 1970
 */
export async function sweepLeftovers(storage: Storage, now: number): Promise<void> {
  for (const name of await readdir(storage.scratch).catch(() => [])) {
    if (!name.startsWith(".tmp-")) continue;
    const path = join(storage.scratch, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && isLeftover(name, found.mtimeMs, now)) await rm(path, { recursive: true, force: true });
  }
  const objects = await storage.list("");
  const suspects = objects.filter((o) => o.path.startsWith("day=") && isLeftover(o.path, o.modified, now));
  if (suspects.length === 0) return;
  const catalog = await readCatalog(storage);
  const named = new Set([...catalog.files, ...catalog.checkpoint.retired].map(({ path }) => path));
  for (const { path } of suspects) if (!named.has(path)) await storage.remove(path);
}
