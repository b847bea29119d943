import { join } from "node:path";
import { findNamespaces, type Namespace, ownNamespace } from "./namespaces.js";
import { openProcNet } from "./procNet.js";
import { type CountedConnection, Tracker } from "./tracker.js";

export interface PollerOptions {
  /** Where the kernel's tables are: `/proc`. */
  readonly proc: string;
  /** Look at the namespaces of other processes too. */
  readonly allNamespaces: boolean;
  readonly recount: number;
  readonly loopback: boolean;
  /** `namespace` is undefined for that of the probe itself. */
  readonly onConnection: (connection: CountedConnection, namespace: number | undefined) => void;
}

/** Seconds after which the processes are looked through for namespaces again. */
const rescan = 60;

/** Polls every namespace that can be seen. */
export interface Poller {
  /** @param time unix seconds. @throws where the probe's own tables cannot be read */
  readonly poll: (time: number) => void;
  /** Connections that the last poll saw. */
  readonly connections: () => number;
  /** Counts what still waits for an answer. */
  readonly stop: () => void;
}

export function openPoller(options: PollerOptions): Poller {
  const reader = openProcNet();
  const own = ownNamespace(options.proc).id;
  const trackers = new Map<number, Tracker>();
  let namespaces: Namespace[] = [];
  let scanned = Number.NEGATIVE_INFINITY;

  const scan = (time: number) => {
    namespaces = options.allNamespaces ? findNamespaces(options.proc) : [ownNamespace(options.proc)];
    scanned = time;
    const there = new Set(namespaces.map(({ id }) => id));
    for (const [id, tracker] of trackers) {
      if (there.has(id)) continue;
      tracker.stop();
      trackers.delete(id);
    }
  };
  const trackerOf = (id: number): Tracker => {
    const namespace = id === own ? undefined : id;
    const onConnection = (connection: CountedConnection) => options.onConnection(connection, namespace);
    const tracker = trackers.get(id) ?? new Tracker({ ...options, onConnection });
    trackers.set(id, tracker);
    return tracker;
  };
  const pollOne = ({ id, folder }: Namespace, time: number) => {
    const tracker = trackerOf(id);
    tracker.begin();
    const take = (row: Parameters<Tracker["take"]>[0]) => tracker.take(row);
    reader.read(join(folder, "tcp"), take);
    readOptional(() => reader.read(join(folder, "tcp6"), take));
    tracker.end(time);
  };
  return {
    poll: (time) => {
      if (Math.abs(time - scanned) >= rescan) scan(time);
      let gone = false;
      for (const namespace of namespaces) {
        try {
          pollOne(namespace, time);
        } catch (error) {
          if (namespace.id === own) throw error;
          gone = true;
        }
      }
      // The process that a namespace was read by has ended: another one of it may be there.
      if (gone) scanned = Number.NEGATIVE_INFINITY;
    },
    connections: () => [...trackers.values()].reduce((sum, tracker) => sum + tracker.size, 0),
    stop: () => {
      for (const tracker of trackers.values()) tracker.stop();
    },
  };
}

/** A kernel without IPv6 has no tcp6. */
function readOptional(read: () => void): void {
  try {
    read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
