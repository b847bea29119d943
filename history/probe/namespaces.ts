import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** A network namespace and where its tables are read. */
export interface Namespace {
  /** What tells it from others on this host: the inode of its socket table in /proc. */
  readonly id: number;
  /** Folder that holds `tcp` and `tcp6`. */
  readonly folder: string;
}

/** The namespace of this process. */
export function ownNamespace(proc: string): Namespace {
  const folder = join(proc, "self", "net");
  return { id: statSync(join(folder, "tcp")).ino, folder };
}

/**
 * The namespaces of this process and of every process that may be seen, each once, sorted by id. Each network namespace has socket
 * tables of its own, with inodes of their own, which anyone may ask for: no privilege is needed but to see the
 * processes (`hidepid` hides them).
 */
export function findNamespaces(proc: string): Namespace[] {
  const own = ownNamespace(proc);
  const found = new Map<number, Namespace>([[own.id, own]]);
  for (const name of readdirSync(proc)) {
    if (!/^\d+$/.test(name)) continue;
    const folder = join(proc, name, "net");
    try {
      const id = statSync(join(folder, "tcp")).ino;
      if (!found.has(id)) found.set(id, { id, folder });
    } catch {
      // The process has ended meanwhile, or may not be seen.
    }
  }
  return [...found.values()].sort((a, b) => a.id - b.id);
}
