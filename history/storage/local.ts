import type { Dirent } from "node:fs";
import { link, mkdir, open, readdir, readFile, rename, rm, stat, unlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { InputError, show } from "../../input/problems.js";
import { newRunName } from "../processName.js";
import type { Storage, StoredObject } from "./storage.js";

/** A folder as storage. Files come to be by link(2) or rename(2) of a synced file, so that each is whole or not there. */
export function openLocal(folder: string): Storage {
  const at = (path: string) => join(folder, path);
  return {
    name: folder,
    scratch: folder,
    read: (path) => orMissing(readFile(at(path), "utf8")),
    size: async (path) => (await orMissing(stat(at(path))))?.size,
    list: (path) => listFiles(folder, path),
    putIfAbsent: (path, text) => linkNew(folder, path, text),
    put: async (path, file) => {
      await syncFile(file);
      await makeFolder(folder, dirname(path));
      await rename(file, at(path));
      await syncFolder(dirname(at(path)));
    },
    remove: async (path) => void (await orMissing(unlink(at(path)))),
    uri: at,
    attach: async () => undefined,
  };
}

async function listFiles(folder: string, below: string): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  for (const entry of (await orMissing(readdir(join(folder, below), { withFileTypes: true }))) ?? []) {
    if (entry.name.startsWith(".")) continue;
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) found.push(...(await listFiles(folder, path)));
    else found.push(...(await statOf(folder, path, entry)));
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function statOf(folder: string, path: string, entry: Dirent): Promise<StoredObject[]> {
  if (!entry.isFile()) return [];
  const found = await orMissing(stat(join(folder, path)));
  return found === undefined ? [] : [{ path, bytes: found.size, modified: found.mtimeMs }];
}

/** Unlike rename(2), link(2) refuses a name that is taken: of two writers one learns that it was second. */
async function linkNew(folder: string, path: string, text: string): Promise<boolean> {
  const written = join(folder, `.tmp-${newRunName()}`);
  await makeFolder(folder, dirname(path));
  try {
    await writeFile(written, text);
    await syncFile(written);
    await link(written, join(folder, path));
    await syncFolder(dirname(join(folder, path)));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A network file system may have done it, lost the answer and tried again.
    if (code === "EEXIST") return (await orMissing(readFile(join(folder, path), "utf8"))) === text;
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP") throw error;
    const message = `${show(folder)} is on a file system without hard links (${code}); keep the history on one that has them`;
    throw new InputError(folder, [{ place: "history", message }]);
  } finally {
    await rm(written, { force: true });
  }
}

async function makeFolder(root: string, path: string): Promise<void> {
  const made = await mkdir(join(root, path), { recursive: true });
  if (made !== undefined) await syncFolder(dirname(made));
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Puts a folder's entries on the disk, on systems that can. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/** Undefined in place of the error that says that a file or folder is not there. */
async function orMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}
