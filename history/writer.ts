import { mkdir, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { InputError, show } from "../input/problems.js";
import { type Marker, markerPath, rejectsPath } from "./markers.js";
import { newRunName } from "./processName.js";
import type { DayFile } from "./stage.js";
import type { Storage } from "./storage/storage.js";

/** One run that writes: its own temporary folder on this machine, and names that no other run uses. */
export interface HistoryWriter {
  readonly storage: Storage;
  readonly name: string;
  readonly folder: string;
  /** The topmost folder that this run had to make, if any. */
  readonly made: string | undefined;
}

export async function openWriter(storage: Storage): Promise<HistoryWriter> {
  const name = newRunName();
  const folder = join(storage.scratch, `.tmp-${name}`);
  try {
    const made = await mkdir(folder, { recursive: true });
    return { storage, name, folder, made: made === folder ? undefined : made };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new InputError(storage.scratch, [
      { place: "--into", message: `${show(storage.scratch)} cannot be written (${code}); name a folder that can` },
    ]);
  }
}

/** Removes the temporary folder and, where nothing came to be in them, the folders that this run had to make. */
export async function closeWriter(writer: HistoryWriter): Promise<void> {
  await rm(writer.folder, { recursive: true, force: true });
  if (writer.made === undefined) return;
  for (let folder = writer.storage.scratch; folder.startsWith(writer.made); folder = dirname(folder)) {
    const removed = await rmdir(folder).then(
      () => true,
      () => false,
    );
    if (!removed) return;
  }
}

/** Puts a written file into its day under a name of this run's own. Nothing refers to it yet. */
export async function placeFile<F extends Pick<DayFile, "day" | "path">>(
  writer: HistoryWriter,
  file: F,
  name: string,
): Promise<Omit<F, "day"> & { readonly bytes: number }> {
  const { day, ...told } = file;
  const path = `day=${day}/${name}-${writer.name}.parquet`;
  const { size } = await stat(file.path);
  await writer.storage.put(path, file.path);
  return { ...told, path, bytes: size };
}

/**
 * Makes written files part of the history: each is put into its day, then the marker that names them all. Before the
 * marker nothing counts, after it everything does.
 * @returns false where another writer of the same content was first: its files stay, and these are removed
 */
export async function commitFiles(
  writer: HistoryWriter,
  dayFiles: readonly DayFile[],
  rejects: string | undefined,
  marker: Omit<Marker, "files">,
): Promise<boolean> {
  const { storage } = writer;
  const files: Marker["files"] = [];
  for (const file of dayFiles) {
    files.push(await placeFile(writer, file, file.kind === "raw" ? marker.id : `${marker.id}-summary`));
  }
  if (rejects !== undefined) await storage.put(rejectsPath(marker.id), rejects);
  const text = `${JSON.stringify({ ...marker, files }, null, 2)}\n`;
  if (await storage.putIfAbsent(markerPath(marker.id), text)) return true;
  for (const file of files) await storage.remove(file.path);
  return false;
}
