import { closeSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

const patience = 30_000;
const breakerAge = 5_000;

/**
 * Runs `work` while this process alone holds `path`, a lock file that names its holder. A lock whose holder is dead on
 * this host is broken; one held on another host is waited for.
 * @throws Error when the lock was not free within 30 seconds.
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + patience;
  while (!take(path)) {
    if (breakDeadLock(path)) continue;
    if (Date.now() > deadline)
      throw new Error(`${path}: held by ${holderOf(path) ?? "nobody known"}; remove it if that process is gone`);
    await sleep(5 + Math.random() * 10);
  }
  try {
    return await work();
  } finally {
    unlinkSync(path);
  }
}

function take(path: string): boolean {
  try {
    const file = openSync(path, "wx", 0o600);
    writeSync(file, `${process.pid}@${hostname()}`);
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** A second lock lets one waiter alone look again and remove, so that nobody removes a lock that was just taken. */
function breakDeadLock(path: string): boolean {
  if (!isDead(holderOf(path))) return false;
  const breaker = `${path}.break`;
  if (!take(breaker)) {
    if (ageOf(breaker) > breakerAge) remove(breaker);
    return false;
  }
  try {
    const dead = isDead(holderOf(path));
    if (dead) remove(path);
    return dead;
  } finally {
    remove(breaker);
  }
}

function holderOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function isDead(holder: string | undefined): boolean {
  const [, pid, host] = /^(\d+)@(.+)$/.exec(holder ?? "") ?? [];
  if (!pid || host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

function ageOf(path: string): number {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
