import { mkdir, readdir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "../../stores/wholeFile.js";

/** Windows that wait to be delivered: a folder of whole files, named so that they sort by age, and bounded. */
export interface Spool {
  readonly folder: string;
  /**
   * Puts one body on the disk. Where there is no room, the oldest are dropped first.
   * @param time unix seconds: when the window began
   * @returns bodies that were dropped
   */
  readonly put: (body: string, time: number) => Promise<number>;
  /** Paths of the bodies, oldest first. */
  readonly waiting: () => Promise<string[]>;
  readonly remove: (path: string) => Promise<void>;
}

const name = /^\d{12}-\d{6}\.jsonl$/;

/**
 * Opens a spool; its folder is made.
 * @param limit bytes of all files together; the newest body is kept, however large
 */
export async function openSpool(folder: string, limit: number): Promise<Spool> {
  await mkdir(folder, { recursive: true });
  const names = async () => (await readdir(folder)).filter((n) => name.test(n)).sort();
  for (const left of await readdir(folder)) {
    // A probe that was killed while it wrote leaves a part, whose window is lost.
    if (/^\d{12}-\d{6}\.jsonl\.tmp-\d+$/.test(left)) await unlink(join(folder, left));
  }
  return {
    folder,
    put: async (body, time) => {
      const there = await names();
      const sizes = await Promise.all(there.map((n) => sizeOf(join(folder, n))));
      let total = sizes.reduce((sum, size) => sum + size, Buffer.byteLength(body));
      let dropped = 0;
      for (; dropped < there.length && total > limit; dropped++) {
        await removeFile(join(folder, there[dropped] ?? ""));
        total -= sizes[dropped] ?? 0;
      }
      const stem = String(Math.max(0, Math.floor(time))).padStart(12, "0");
      const last = Number(there.findLast((n) => n.startsWith(`${stem}-`))?.slice(13, 19) ?? -1);
      await writeWhole(join(folder, `${stem}-${String(last + 1).padStart(6, "0")}.jsonl`), body);
      return dropped;
    },
    waiting: async () => (await names()).map((n) => join(folder, n)),
    remove: removeFile,
  };
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

async function removeFile(path: string): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
}
