import { openerOf, tcp } from "../opener.js";
import { isLoopback } from "./addressText.js";
import { ConnectionTable, fact, portsOf, role } from "./connectionTable.js";
import { type SocketRow, tcpState } from "./procNet.js";

/** A connection that counts now; the words and places are valid during the call only. */
export interface CountedConnection {
  readonly words: Uint32Array;
  /** Where the addresses of client and server begin in `words`. */
  readonly client: number;
  readonly server: number;
  readonly serverPort: number;
  /** It was never answered. */
  readonly failed: boolean;
}

export interface TrackerOptions {
  /** Seconds after which a connection that stays open counts again. */
  readonly recount: number;
  /** Count what processes of the host say to each other over its own addresses too. */
  readonly loopback: boolean;
  readonly onConnection: (connection: CountedConnection) => void;
}

/** Polls that may lack a connection before it is taken for gone: the kernel's tables change while they are read. */
const pollsMissed = 1;

/**
 * Follows the connections of one network namespace from poll to poll and counts each once: when it is first seen open, or
 * in TIME_WAIT where it opened and closed between two polls; and again each `recount` seconds that it stays open, so that
 * a pool of connections does not fade from the history. One that waits for an answer (SYN_SENT) counts as failed when
 * it is gone without one, provided that its SYN was repeated or that two polls saw it.
 */
export class Tracker {
  private before = new ConnectionTable();
  private now = new ConnectionTable();
  /** Ports that someone listens on at this poll. */
  private readonly listening = new Set<number>();

  constructor(private readonly options: TrackerOptions) {}

  /** Connections that the last poll saw. */
  get size(): number {
    return this.before.size;
  }

  /** To be called before the rows of a poll. */
  begin(): void {
    this.listening.clear();
    this.now.clear();
  }

  /** Takes one row of the poll. */
  take(row: SocketRow): void {
    const { state } = row;
    if (state === tcpState.listen) {
      this.listening.add(row.localPort);
      return;
    }
    if (row.remotePort === 0 || state === tcpState.synReceived || state === tcpState.newSynReceived) return;
    if (state === tcpState.close) return;
    const ports = portsOf(row.localPort, row.remotePort);
    const slot = this.now.add(row.local, 0, row.remote, 0, ports);
    this.now.set(slot, fact.state, state);
    this.now.set(slot, fact.inode, row.inode);
    this.now.set(slot, fact.retries, row.retransmits);
  }

  /**
   * To be called after the rows of a poll: counts what is new.
   * @param time unix seconds
   */
  end(time: number): void {
    const { now, before } = this;
    for (let slot = 0; slot < before.slots; slot++) if (before.has(slot)) this.carry(slot);
    for (let slot = 0; slot < now.slots; slot++) {
      if (!now.has(slot)) continue;
      this.judge(slot);
      if (now.get(slot, fact.state) === tcpState.synSent) continue;
      const counted = now.get(slot, fact.countedAt);
      const again =
        now.get(slot, fact.state) === tcpState.established && Math.abs(time - counted) >= this.options.recount;
      if (counted !== 0 && !again) continue;
      now.set(slot, fact.countedAt, time);
      if (!this.isOtherEndCounted(slot)) this.count(now, slot, false);
    }
    this.before = now;
    this.now = before;
  }

  /** Counts what still waits for an answer and has shown that it gets none. Nothing can be polled after. */
  stop(): void {
    for (let slot = 0; slot < this.before.slots; slot++) if (this.before.has(slot)) this.countUnanswered(slot);
  }

  /** Hands what the last poll knew of a connection on to this one, where it is the same; else it is gone. */
  private carry(slot: number): void {
    const { before, now } = this;
    const ports = portsOf(before.localPort(slot), before.remotePort(slot));
    const found = now.find(before.keys, before.local(slot), before.keys, before.remote(slot), ports);
    if (found < 0) {
      if (before.get(slot, fact.missed) < pollsMissed && before.get(slot, fact.state) !== tcpState.timeWait) {
        const kept = now.copy(before, slot);
        now.set(kept, fact.missed, before.get(slot, fact.missed) + 1);
      } else this.countUnanswered(slot);
      return;
    }
    if (isAnother(before, slot, now, found)) {
      this.countUnanswered(slot);
      return;
    }
    now.set(found, fact.countedAt, before.get(slot, fact.countedAt));
    now.set(found, fact.role, before.get(slot, fact.role));
    // Waiting for an answer at two polls is as good as a repeated SYN.
    if (now.get(found, fact.state) === tcpState.synSent) now.set(found, fact.retries, 1);
  }

  private countUnanswered(slot: number): void {
    const { before } = this;
    if (before.get(slot, fact.state) === tcpState.synSent && before.get(slot, fact.retries) > 0) {
      this.count(before, slot, true);
    }
  }

  /** Settles who opened a connection, once: who listens on its port is the server. */
  private judge(slot: number): void {
    const { now } = this;
    if (now.get(slot, fact.role) !== role.unknown) return;
    const port = now.localPort(slot);
    const waits = now.get(slot, fact.state) === tcpState.synSent;
    if (!waits && this.listening.has(port)) now.set(slot, fact.role, role.server);
    else {
      // A port that no one listens on is a client's, but where a server accepted one connection and stopped listening.
      const opener = waits ? "source" : openerOf(port, now.remotePort(slot), tcp, null);
      now.set(slot, fact.role, opener === "destination" ? role.server : role.client);
    }
  }

  /** Both ends of a connection within the namespace are in the table: the client's counts, or the first that was seen. */
  private isOtherEndCounted(slot: number): boolean {
    const { now, before } = this;
    const ports = portsOf(now.remotePort(slot), now.localPort(slot));
    const other = now.find(now.keys, now.remote(slot), now.keys, now.local(slot), ports);
    if (other < 0) return false;
    if (now.get(slot, fact.role) === role.server) return now.get(other, fact.state) !== tcpState.synSent;
    const seen = before.find(now.keys, now.remote(slot), now.keys, now.local(slot), ports);
    return seen >= 0 && before.get(seen, fact.countedAt) !== 0 && now.get(other, fact.role) === role.server
      ? !this.wasSeen(slot)
      : false;
  }

  private wasSeen(slot: number): boolean {
    const { now, before } = this;
    const ports = portsOf(now.localPort(slot), now.remotePort(slot));
    return before.find(now.keys, now.local(slot), now.keys, now.remote(slot), ports) >= 0;
  }

  private count(table: ConnectionTable, slot: number, failed: boolean): void {
    const words = table.keys;
    const [local, remote] = [table.local(slot), table.remote(slot)];
    if (!this.options.loopback && (isLoopback(words, remote) || isSame(words, local, remote))) return;
    const served = table.get(slot, fact.role) === role.server;
    this.options.onConnection({
      words,
      client: served ? remote : local,
      server: served ? local : remote,
      serverPort: served ? table.localPort(slot) : table.remotePort(slot),
      failed,
    });
  }
}

/** Whether the same ends are now of another connection: the old one was over, or its socket is another. */
function isAnother(before: ConnectionTable, was: number, now: ConnectionTable, is: number): boolean {
  const [oldState, newState] = [before.get(was, fact.state), now.get(is, fact.state)];
  if (oldState === tcpState.timeWait) return newState !== tcpState.timeWait;
  if (newState === tcpState.synSent) return oldState !== tcpState.synSent;
  const [oldInode, newInode] = [before.get(was, fact.inode), now.get(is, fact.inode)];
  // An inode of 0 is that of a connection not yet accepted, or closed by its process already.
  return oldInode !== 0 && oldInode !== newInode && (newInode !== 0 || newState === tcpState.established);
}

const isSame = (words: Uint32Array, a: number, b: number): boolean =>
  words[a] === words[b] &&
  words[a + 1] === words[b + 1] &&
  words[a + 2] === words[b + 2] &&
  words[a + 3] === words[b + 3];
