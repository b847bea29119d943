import type { Body } from "./body.js";

/** Bodies that are stored together: many probes that send every minute must not make a file each. */
export interface Batches {
  /** Stores a body with those that come at about the same time. @returns whether it was new */
  readonly add: (body: Body) => Promise<boolean>;
  /** Flows of bodies that are not stored yet. */
  readonly waiting: () => number;
  /** Stores what waits. */
  readonly close: () => Promise<void>;
}

interface Waiting {
  readonly body: Body;
  readonly done: (isNew: boolean) => void;
  readonly failed: (error: unknown) => void;
}

/** Most bodies of one commit. */
const mostBodies = 1000;

/**
 * Gathers bodies for `gather` (a sleep), then stores them by `store`, which gives the ids that were new; one commit
 * after the other. Everyone is answered only after the commit that holds their body; where it fails, all of them get its error.
 */
export function openBatches(
  gather: () => Promise<void>,
  store: (bodies: readonly Body[]) => Promise<ReadonlySet<string>>,
): Batches {
  let held: Waiting[] = [];
  let flows = 0;
  let running: Promise<void> | undefined;

  const run = async () => {
    await gather();
    while (held.length > 0) {
      const batch = held.slice(0, mostBodies);
      held = held.slice(mostBodies);
      try {
        const fresh = new Set(await store(batch.map(({ body }) => body)));
        // Of one body sent twice at once the first is new.
        for (const { body, done } of batch) done(fresh.delete(body.id));
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
      for (const { body } of batch) flows -= body.flows.length;
    }
    running = undefined;
  };
  return {
    add: (body) =>
      new Promise((done, failed) => {
        held.push({ body, done, failed });
        flows += body.flows.length;
        running ??= run();
      }),
    waiting: () => flows,
    close: async () => {
      while (running !== undefined) await running;
    },
  };
}
