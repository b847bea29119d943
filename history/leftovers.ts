import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { foldedIds, readCatalog } from "./catalog.js";
import { rejectsFolder, rejectsPath } from "./markers.js";
import { isLeftover, leftoverAge } from "./processName.js";
import type { Storage, StoredObject } from "./storage/storage.js";

/**
 * Removes what runs that died left behind: temporary folders, Parquet files that neither marker nor checkpoint names, and
 * rejected lines of ingests that are unknown (never completed, or forgotten). A run's names are its own, so once it is
 * gone nobody can still complete them; the catalog is read after that was seen.
 * @param now milliseconds since 1970
 */
export async function sweepLeftovers(storage: Storage, now: number): Promise<void> {
  for (const name of await readdir(storage.scratch).catch(() => [])) {
    if (!name.startsWith(".tmp-")) continue;
    const path = join(storage.scratch, name);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || !isLeftover(name, found.mtimeMs, now)) continue;
    // One that cannot be removed (another user's) hurts nobody.
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
  const suspects = (await storage.list("")).filter((o) =>
    o.path.startsWith("day=") ? isLeftover(o.path, o.modified, now) : isOldReject(o, now),
  );
  if (suspects.length === 0) return;
  const { files, checkpoint, marked } = await readCatalog(storage);
  const named = new Set([
    ...[...files, ...checkpoint.retired].map(({ path }) => path),
    ...[...marked, ...foldedIds(checkpoint)].map(rejectsPath),
  ]);
  for (const { path } of suspects) if (!named.has(path)) await storage.remove(path);
}

const isOldReject = ({ path, modified }: StoredObject, now: number): boolean =>
  path.startsWith(`${rejectsFolder}/`) && now - modified > leftoverAge;
