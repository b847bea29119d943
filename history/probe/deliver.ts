import type { Spool } from "./spool.js";

/**
 * What became of bodies that were handed over. `stored`: they are on the receiver's disk. `refused`: it will never take them. A
 * thrown error: not now, for a reason that may pass.
 */
export type Delivered = "stored" | { readonly refused: string };

/** Hands over bodies of the spool, by path; of a receiver that takes several at once, up to `most`. */
export interface Receiver {
  readonly most: number;
  readonly deliver: (paths: readonly string[], signal: AbortSignal) => Promise<Delivered>;
}

/** Seconds before the first repetition, and the most that there ever are. */
const firstPause = 1;
const longestPause = 300;

/**
 * Seconds to wait after so many failures in a row: exponential, half of it by chance, so that probes which lost their
 * collector together do not come back together (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 * @param random 0 to 1
 */
export function pauseAfter(failures: number, random: number): number {
  return (0.5 + random / 2) * Math.min(longestPause, firstPause * 2 ** Math.min(failures, 20));
}

/**
 * Delivers what waits, oldest first, until the spool is empty. What is refused is removed and told.
 * @throws what the receiver throws; what was delivered before is gone from the spool
 */
export async function deliverAll(
  spool: Spool,
  receiver: Receiver,
  signal: AbortSignal,
  onRefused: (paths: readonly string[], reason: string) => void,
): Promise<void> {
  for (;;) {
    const paths = (await spool.waiting()).slice(0, receiver.most);
    if (paths.length === 0 || signal.aborted) return;
    const delivered = await receiver.deliver(paths, signal);
    for (const path of paths) await spool.remove(path);
    if (delivered !== "stored") onRefused(paths, delivered.refused);
  }
}
