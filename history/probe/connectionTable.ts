/*
 * Connections of one network namespace in flat arrays: an open-addressing table (linear probing) of the ends of each,
 * so that a poll of thousands of rows makes no objects. Two of them take turns: what the last poll saw, and what this one sees.
 */

/** Words of a connection's ends: addresses of four words each, and both ports in one. */
const keyWords = 9;

/** What is known of a connection besides its ends, a word each; of an inode the lower 32 bits. */
const factWords = 6;
export const fact = { state: 0, inode: 1, countedAt: 2, retries: 3, role: 4, missed: 5 } as const;
export type Fact = (typeof fact)[keyof typeof fact];

/** Who opened a connection that was judged; 0 stands for not yet. */
export const role = { unknown: 0, client: 1, server: 2 } as const;

export class ConnectionTable {
  keys = new Uint32Array(keyWords * 256);
  private facts = new Uint32Array(factWords * 256);
  private used = new Uint8Array(256);
  size = 0;

  get slots(): number {
    return this.used.length;
  }

  has(slot: number): boolean {
    return this.used[slot] === 1;
  }

  get(slot: number, which: Fact): number {
    return this.facts[slot * factWords + which] ?? 0;
  }

  set(slot: number, which: Fact, value: number): void {
    this.facts[slot * factWords + which] = value;
  }

  /** Where the words of the local and of the remote address begin in `keys`, and the ports. */
  local = (slot: number): number => slot * keyWords;
  remote = (slot: number): number => slot * keyWords + 4;
  localPort = (slot: number): number => (this.keys[slot * keyWords + 8] ?? 0) >>> 16;
  remotePort = (slot: number): number => (this.keys[slot * keyWords + 8] ?? 0) & 0xffff;

  /** The slot of a connection, or -1. Ends are given as places in arrays of words. */
  find(local: Uint32Array, l: number, remote: Uint32Array, r: number, ports: number): number {
    const slot = this.place(local, l, remote, r, ports);
    return this.used[slot] === 1 ? slot : -1;
  }

  /** The slot of a connection, made where there is none: its facts are then 0. */
  add(local: Uint32Array, l: number, remote: Uint32Array, r: number, ports: number): number {
    if ((this.size + 1) * 4 > this.slots * 3) this.resize(this.slots * 2);
    const slot = this.place(local, l, remote, r, ports);
    if (this.used[slot] === 1) return slot;
    this.used[slot] = 1;
    this.size++;
    const at = slot * keyWords;
    for (let i = 0; i < 4; i++) {
      this.keys[at + i] = local[l + i] ?? 0;
      this.keys[at + 4 + i] = remote[r + i] ?? 0;
    }
    this.keys[at + 8] = ports;
    this.facts.fill(0, slot * factWords, (slot + 1) * factWords);
    return slot;
  }

  /** Takes a connection over from another table, with what is known of it. */
  copy(other: ConnectionTable, slot: number): number {
    const into = this.add(
      other.keys,
      other.local(slot),
      other.keys,
      other.remote(slot),
      other.keys[slot * keyWords + 8] ?? 0,
    );
    for (let i = 0; i < factWords; i++) this.facts[into * factWords + i] = other.facts[slot * factWords + i] ?? 0;
    return into;
  }

  /** Forgets everything, and gives back memory that was needed for many more than there are now. */
  clear(): void {
    if (this.slots > 256 && this.size * 8 < this.slots) this.allocate(this.slots / 2);
    else this.used.fill(0);
    this.size = 0;
  }

  private place(local: Uint32Array, l: number, remote: Uint32Array, r: number, ports: number): number {
    let hash = ports;
    for (let i = 0; i < 4; i++) {
      hash = Math.imul(hash ^ (local[l + i] ?? 0), 0x9e3779b1);
      hash = Math.imul(hash ^ (hash >>> 15) ^ (remote[r + i] ?? 0), 0x85ebca77);
    }
    const mask = this.slots - 1;
    let slot = (hash ^ (hash >>> 16)) & mask;
    while (this.used[slot] === 1 && !this.isAt(slot, local, l, remote, r, ports)) slot = (slot + 1) & mask;
    return slot;
  }

  private isAt(slot: number, local: Uint32Array, l: number, remote: Uint32Array, r: number, ports: number): boolean {
    const at = slot * keyWords;
    if (this.keys[at + 8] !== ports) return false;
    for (let i = 0; i < 4; i++) {
      if (this.keys[at + i] !== local[l + i] || this.keys[at + 4 + i] !== remote[r + i]) return false;
    }
    return true;
  }

  private resize(slots: number): void {
    const old = { keys: this.keys, facts: this.facts, used: this.used };
    this.allocate(slots);
    this.size = 0;
    for (let slot = 0; slot < old.used.length; slot++) {
      if (old.used[slot] !== 1) continue;
      const at = slot * keyWords;
      const into = this.add(old.keys, at, old.keys, at + 4, old.keys[at + 8] ?? 0);
      for (let i = 0; i < factWords; i++) this.facts[into * factWords + i] = old.facts[slot * factWords + i] ?? 0;
    }
  }

  private allocate(slots: number): void {
    this.keys = new Uint32Array(keyWords * slots);
    this.facts = new Uint32Array(factWords * slots);
    this.used = new Uint8Array(slots);
  }
}

/** Both ports in one word. */
export const portsOf = (local: number, remote: number): number => ((local << 16) | remote) >>> 0;
