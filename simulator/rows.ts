import { type CompiledTopology, seedName } from "./compile.js";

/**
 * The part of the seeds × instances matrix that is not 0, in worlds: the victims of the i-th seed are
 * `victims[start[i]]` … `victims[start[i + 1] − 1]`, sorted, and `counts` says in how many worlds each failed.
 */
export interface Rows {
  readonly start: Float64Array;
  readonly victims: Int32Array;
  readonly counts: Uint32Array;
}

/**
 * Counts failures by seed and instance in at most 65,535 worlds. It holds one cell of two bytes for each pair, so its
 * user bounds the number of seeds.
 */
export class RowCounter {
  private readonly cells: Uint16Array;

  /** @param seeds at most so many */
  constructor(
    seeds: number,
    private readonly instances: number,
  ) {
    this.cells = new Uint16Array(seeds * instances);
  }

  /** Counts one world in which the instances failed, given the seed at a place. */
  add(place: number, failed: Int32Array, from: number, to: number): void {
    const base = place * this.instances;
    for (let i = from; i < to; i++) this.cells[base + failed[i]!]! += 1;
  }

  /** What was counted for the first `seeds` places; all counts are 0 again. */
  take(seeds: number): Rows {
    const start = new Float64Array(seeds + 1);
    let size = 0;
    for (let place = 0; place < seeds; place++) {
      const end = (place + 1) * this.instances;
      for (let cell = end - this.instances; cell < end; cell++) if (this.cells[cell] !== 0) size += 1;
      start[place + 1] = size;
    }
    const victims = new Int32Array(size);
    const counts = new Uint32Array(size);
    let at = 0;
    for (let cell = 0; at < size; cell++) {
      const count = this.cells[cell]!;
      if (count === 0) continue;
      victims[at] = cell % this.instances;
      counts[at++] = count;
    }
    this.cells.fill(0);
    return { start, victims, counts };
  }
}

/** The counts of other worlds added, for the same seeds. */
export function addRows(x: Rows, y: Rows): Rows {
  const seeds = x.start.length - 1;
  const start = new Float64Array(seeds + 1);
  const victims = new Int32Array(x.victims.length + y.victims.length);
  const counts = new Uint32Array(victims.length);
  let at = 0;
  for (let place = 0; place < seeds; place++) {
    let i = x.start[place]!;
    let j = y.start[place]!;
    const iEnd = x.start[place + 1]!;
    const jEnd = y.start[place + 1]!;
    while (i < iEnd || j < jEnd) {
      const left = i < iEnd ? x.victims[i]! : Number.POSITIVE_INFINITY;
      const right = j < jEnd ? y.victims[j]! : Number.POSITIVE_INFINITY;
      victims[at] = Math.min(left, right);
      counts[at++] = (left <= right ? x.counts[i++]! : 0) + (right <= left ? y.counts[j++]! : 0);
    }
    start[place + 1] = at;
  }
  return { start, victims: victims.slice(0, at), counts: counts.slice(0, at) };
}

/** The rows of other seeds put after. */
export function joinRows(parts: readonly Rows[]): Rows {
  if (parts.length === 1) return parts[0]!;
  const seeds = parts.reduce((sum, part) => sum + part.start.length - 1, 0);
  const size = parts.reduce((sum, part) => sum + part.victims.length, 0);
  const start = new Float64Array(seeds + 1);
  const victims = new Int32Array(size);
  const counts = new Uint32Array(size);
  let place = 0;
  let at = 0;
  for (const part of parts) {
    victims.set(part.victims, at);
    counts.set(part.counts, at);
    for (const end of part.start.subarray(1)) start[++place] = at + end;
    at += part.victims.length;
  }
  return { start, victims, counts };
}

/**
 * Seed → instance → probability. A row is made when it is read and not kept: as objects, all of them together would
 * take ten times the memory.
 */
export function matrixOf(
  topology: CompiledTopology,
  seeds: Int32Array,
  { start, victims, counts }: Rows,
  worlds: number,
): Record<string, Record<string, number>> {
  const matrix: Record<string, Record<string, number>> = {};
  for (const [place, seed] of seeds.entries()) {
    const get = () => {
      const row: [string, number][] = [];
      for (let i = start[place]!; i < start[place + 1]!; i++) {
        row.push([topology.instanceIds[victims[i]!]!, counts[i]! / worlds]);
      }
      return Object.fromEntries(row);
    };
    Object.defineProperty(matrix, seedName(topology, seed), { get, enumerable: true });
  }
  return matrix;
}
