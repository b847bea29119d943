import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Log } from "./log.js";

export const goModules = join(dirname(fileURLToPath(import.meta.url)), "go");

/**
 * The folder that holds the built parts: `$FIREBREAK_TESTBED`, else the user's cache folder, and in it one folder for
 * each set of versions and each platform, so that a changed go.mod never meets an old binary.
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const { FIREBREAK_TESTBED: chosen, XDG_CACHE_HOME: caches } = env;
  const base = isOff(env) || !chosen ? join(caches || join(homedir(), ".cache"), "firebreak/testbed") : chosen;
  return join(base, versionsKey());
}

/** `FIREBREAK_TESTBED=off` runs the tests that need no real part, without looking for one. */
export function isOff(env: NodeJS.ProcessEnv = process.env): boolean {
  return env.FIREBREAK_TESTBED === "off";
}

function versionsKey(): string {
  const hash = createHash("sha256").update(`${process.platform}-${process.arch}\n`);
  for (const module of readdirSync(goModules).sort()) {
    for (const file of readdirSync(join(goModules, module)).sort()) {
      hash.update(`${module}/${file}\n`).update(readFileSync(join(goModules, module, file)));
    }
  }
  return hash.digest("hex").slice(0, 12);
}

/**
 * Returns the folder of a part in the folder `cache`, having `make` fill it first where it is not there.
 *
 * `make` fills a folder of its own that is renamed when it is whole, so that a killed build leaves nothing that looks
 * built. The lock only spares two processes the same work: where it fails them, the first rename wins.
 */
export async function cached(
  cache: string,
  part: string,
  make: (folder: string) => Promise<void>,
  log: Log,
): Promise<string> {
  const folder = join(cache, part);
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const unlock = await lock(`${folder}.lock`, part, log);
  const draft = `${folder}.${process.pid}.draft`;
  try {
    if (existsSync(folder)) return folder;
    removeDrafts(folder);
    mkdirSync(draft);
    await make(draft);
    try {
      renameSync(draft, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error;
    }
    return folder;
  } finally {
    rmSync(draft, { recursive: true, force: true });
    unlock();
  }
}

/** Removes what killed builds of this part left. */
function removeDrafts(folder: string): void {
  for (const name of readdirSync(dirname(folder))) {
    const [, part, pid] = /^(.*)\.(\d+)\.draft$/.exec(name) ?? [];
    const abandoned = Number(pid) === process.pid || !isAlive(Number(pid));
    if (part === basename(folder) && abandoned) rmSync(join(dirname(folder), name), { recursive: true, force: true });
  }
}

interface Holder {
  readonly pid: number;
  readonly host: string;
}

async function lock(file: string, part: string, log: Log): Promise<() => void> {
  const self: Holder = { pid: process.pid, host: hostname() };
  for (let waited = 0; ; waited++) {
    try {
      writeFileSync(file, JSON.stringify(self), { flag: "wx" });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = holderOf(file);
    if (holder !== null && holder.host === self.host && !isAlive(holder.pid)) rmSync(file, { force: true });
    else {
      if (waited % 60 === 0) log(`${part}: waiting for process ${holder?.pid ?? "?"} that is building it (${file})`);
      await sleep(1000);
    }
  }
}

function holderOf(file: string): Holder | null {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Holder;
  } catch {
    return null; // just released, or not yet written
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
