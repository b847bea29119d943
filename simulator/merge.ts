import { appendChunk, type ConditionalSums, joinSeeds } from "./conditional.js";
import type { Part } from "./parts.js";

/** Parts of a conditional run put together, in order of worlds whatever order they come in. */
export class Merge {
  private readonly groups = new Map<number, Group>();

  /** @param worlds that each group of seeds must have been given in the end */
  constructor(private readonly worlds: number) {}

  put({ first, from, to }: Part, chunks: readonly ConditionalSums[]): void {
    const group = this.groups.get(first) ?? { waiting: new Map(), sums: undefined, next: 0 };
    this.groups.set(first, group);
    group.waiting.set(from, { to, chunks });
    for (let part = group.waiting.get(group.next); part !== undefined; part = group.waiting.get(group.next)) {
      group.waiting.delete(group.next);
      for (const chunk of part.chunks) group.sums = group.sums === undefined ? chunk : appendChunk(group.sums, chunk);
      group.next = part.to;
    }
  }

  result(): ConditionalSums {
    const groups = [...this.groups].sort(([x], [y]) => x - y);
    const sums = groups.flatMap(([, group]) => (group.next === this.worlds ? (group.sums ?? []) : []));
    if (sums.length === 0 || sums.length < groups.length) throw new Error("a part of the run is missing");
    return joinSeeds(sums);
  }
}

/** The parts of the same seeds. */
interface Group {
  readonly waiting: Map<number, { readonly to: number; readonly chunks: readonly ConditionalSums[] }>;
  sums: ConditionalSums | undefined;
  /** The world that comes next. */
  next: number;
}
