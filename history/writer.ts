import { createHash, randomBytes } from "node:crypto";
import { mkdir, open, readdir, rename, rm, rmdir, stat, unlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { InputError, show } from "../input/problems.js";
import { type Marker, markerPath, markersFolder, readMarkers, rejectsFolder } from "./markers.js";
import type { DayFile } from "./stage.js";

/** A leftover of another machine's process is taken for dead after this long; of our own, as soon as its process is. */
const leftoverAge = 24 * 3600 * 1000;

const host = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);

/** One run of an ingest: its own temporary folder inside the history, and names that no other run uses. */
export interface HistoryWriter {
  readonly history: string;
  readonly name: string;
  readonly folder: string;
  /** The topmost folder that this run had to make, if any. */
  readonly made: string | undefined;
}

export async function openWriter(history: string): Promise<HistoryWriter> {
  const name = `${process.pid}-${host}-${randomBytes(4).toString("hex")}`;
  const folder = join(history, `.tmp-${name}`);
  try {
    const made = await mkdir(folder, { recursive: true });
    return { history, name, folder, made: made === folder ? undefined : made };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new InputError(history, [
      { place: "--into", message: `${show(history)} cannot be written (${code}); name a folder that can` },
    ]);
  }
}

/** Removes the temporary folder and, where nothing came to be in them, the folders that this run had to make. */
export async function closeWriter(writer: HistoryWriter): Promise<void> {
  await rm(writer.folder, { recursive: true, force: true });
  if (writer.made === undefined) return;
  for (let folder = writer.history; folder.startsWith(writer.made); folder = dirname(folder)) {
    const removed = await rmdir(folder).then(
      () => true,
      () => false,
    );
    if (!removed) return;
  }
}

/**
 * Makes written files part of the history: each is synced and renamed into its day, then the marker that names them
 * all likewise. Before the marker nothing counts, after it everything does. Of two writers of the same content the later
 * marker stays, and names its own writer's files.
 */
export async function commitFiles(
  writer: HistoryWriter,
  dayFiles: readonly DayFile[],
  rejects: string | undefined,
  marker: Omit<Marker, "files">,
): Promise<void> {
  const files: Marker["files"] = [];
  for (const file of dayFiles) {
    const day = `day=${file.day}`;
    const path = `${day}/${marker.id}-${writer.name}.parquet`;
    await moveSynced(file.path, join(writer.history, day), join(writer.history, path));
    const { size } = await stat(join(writer.history, path));
    files.push({ path, rows: file.rows, bytes: size, from: file.from, to: file.to });
  }
  if (rejects !== undefined) {
    await moveSynced(rejects, join(writer.history, rejectsFolder), rejectsPath(writer.history, marker.id));
  }
  await syncFolder(writer.history);
  const written = join(writer.folder, "marker.json");
  await writeFile(written, `${JSON.stringify({ ...marker, files }, null, 2)}\n`);
  await moveSynced(written, join(writer.history, markersFolder), markerPath(writer.history, marker.id));
}

export const rejectsPath = (history: string, id: string): string => join(history, rejectsFolder, `${id}.jsonl`);

async function moveSynced(from: string, folder: string, to: string): Promise<void> {
  const file = await open(from, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await mkdir(folder, { recursive: true });
  await rename(from, to);
  await syncFolder(folder);
}

/** Puts a folder's entries on the disk, on systems that can. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/**
 * Removes what runs that died left behind: temporary folders and day files that no marker names. A writer's names are
 * its own, so once its process is gone nobody can still complete them; markers are read after that was seen.
 */
export async function sweepLeftovers(history: string, now: number): Promise<void> {
  const suspects: string[] = [];
  for (const name of await readdir(history)) {
    if (name.startsWith(".tmp-") && (await isLeftover(join(history, name), name, now))) suspects.push(name);
    if (!name.startsWith("day=")) continue;
    for (const file of await readdir(join(history, name))) {
      const path = `${name}/${file}`;
      if (await isLeftover(join(history, path), file, now)) suspects.push(path);
    }
  }
  if (suspects.length === 0) return;
  const named = new Set(readMarkers(history).flatMap((m) => m.files.map((f) => f.path)));
  for (const path of suspects) {
    if (named.has(path)) continue;
    if (path.startsWith(".tmp-")) await rm(join(history, path), { recursive: true, force: true });
    else await unlink(join(history, path)).catch(() => undefined);
  }
}

async function isLeftover(path: string, name: string, now: number): Promise<boolean> {
  const writer = /(\d+)-([0-9a-f]{8})-[0-9a-f]{8}(?:\.parquet)?$/.exec(name);
  if (writer === null) return false;
  if (writer[2] === host && Number(writer[1]) !== process.pid && !isAlive(Number(writer[1]))) return true;
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && now - found.mtimeMs > leftoverAge;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
