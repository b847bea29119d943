import { createHash } from "node:crypto";
import { probe } from "../formats/probe.js";
import { openStage } from "../stage.js";
import type { Storage } from "../storage/storage.js";
import { usualInterval } from "../summary.js";
import { closeWriter, commitFiles, openWriter } from "../writer.js";
import type { Body } from "./body.js";
import type { StoredIds } from "./storedIds.js";

/**
 * Stores bodies together, by one marker that names them all: each counts once, however often it comes and with whatever
 * others. When this returns they are on the disk.
 * @param now milliseconds since 1970
 * @param interval seconds of one row of a summary; divides an hour
 * @returns the ids that were not stored before, and are now
 */
export async function storeBodies(
  storage: Storage,
  stored: StoredIds,
  bodies: readonly Body[],
  now: number,
  interval = usualInterval,
): Promise<ReadonlySet<string>> {
  await stored.refresh();
  const fresh = new Map(bodies.filter(({ id }) => !stored.has(id)).map((body) => [body.id, body]));
  if (fresh.size === 0) return new Set();
  const ids = [...fresh.keys()].sort();
  const writer = await openWriter(storage);
  try {
    const stage = await openStage(writer.folder);
    try {
      const flows = ids.flatMap((id) => fresh.get(id)?.flows ?? []);
      for (const flow of flows) stage.append(flow);
      await stage.settle(probe.name);
      const files = await stage.writeDays(writer.folder, probe.name, interval);
      const rows = files.reduce((sum, file) => sum + (file.kind === "raw" ? file.rows : 0), 0);
      // What is acknowledged is gone at its sender.
      if (rows !== flows.length) throw new Error(`wrote ${rows} rows of ${flows.length} flows; nothing is stored`);
      await commitFiles(writer, files, undefined, {
        version: 2,
        id: idOf(ids),
        source: "probes",
        format: probe.name,
        ingestedAt: new Date(now).toISOString(),
        lines: [...fresh.values()].reduce((sum, { lines }) => sum + lines, 0),
        stored: rows,
        skipped: {},
        rejected: 0,
        ...(ids.length === 1 ? {} : { bodies: ids }),
      });
    } finally {
      stage.close();
    }
  } finally {
    await closeWriter(writer);
  }
  await stored.refresh();
  return new Set(ids);
}

/** One body has its own id, so that `ingest` of the same content knows it. */
function idOf(ids: readonly string[]): string {
  const [first = ""] = ids;
  return ids.length === 1 ? first : createHash("sha256").update(ids.join("\n")).digest("hex");
}
