import { newRunName } from "../processName.js";
import type { Storage } from "./storage.js";

/**
 * Whether a storage keeps what is there from being overwritten, tried on an object of our own. A server that does not
 * know `If-None-Match` may ignore it, and two writers at once would then lose each other's work.
 */
export async function refusesOverwrites(storage: Storage): Promise<boolean> {
  const path = `checks/${newRunName()}.json`;
  try {
    return (await storage.putIfAbsent(path, "1\n")) && !(await storage.putIfAbsent(path, "2\n"));
  } finally {
    await storage.remove(path);
  }
}
