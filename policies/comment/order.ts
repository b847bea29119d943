import type { CommentHeader } from "./header.js";

/**
 * Which of two bodies of one stack is of the later run: above 0 for `a`, below 0 for `b`, 0 where they are of the same run
 * or nothing tells. Runs of one source are compared by their order, others by the time of their decision.
 */
export function compareRuns(a: CommentHeader, b: CommentHeader): number {
  if (a.order !== undefined && b.order !== undefined && a.order.source === b.order.source) {
    const length = Math.max(a.order.at.length, b.order.at.length);
    for (let i = 0; i < length; i++) {
      const difference = (a.order.at[i] ?? 0) - (b.order.at[i] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  }
  const [at, other] = [Date.parse(a.createdAt ?? ""), Date.parse(b.createdAt ?? "")];
  return Number.isNaN(at) || Number.isNaN(other) ? 0 : at - other;
}
