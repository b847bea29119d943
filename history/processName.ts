import { createHash, randomBytes } from "node:crypto";
import { readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** A leftover of another machine's process is taken for dead after this long; of our own, as soon as its process is. */
export const leftoverAge = 24 * 3600 * 1000;

const host = createHash("sha256").update(`${hostname()} ${processIds()}`).digest("hex").slice(0, 8);

/** Which process ids this process can see: containers of one host name count theirs apart. */
function processIds(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

/** A name for one run's files that no other run uses, and that tells later whether the run can still be alive. */
export const newRunName = (): string => `${process.pid}-${host}-${randomBytes(4).toString("hex")}`;

/**
 * Whether a file was left by a run that is gone, by its name, which ends with the run's, and its age.
 * @param modified of the file, and `now`: milliseconds since 1970
 */
export function isLeftover(name: string, modified: number, now: number): boolean {
  const run = /(\d+)-([0-9a-f]{8})-[0-9a-f]{8}(?:\.parquet)?$/.exec(name);
  if (run === null) return false;
  if (run[2] === host && Number(run[1]) !== process.pid && !isAlive(Number(run[1]))) return true;
  return now - modified > leftoverAge;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
