import type { Database } from "./parquet.js";

/** A window of the history, and how it is weighed. */
export interface Window {
  /** Unix seconds, from inclusive, to exclusive. Weights are as of `to`. */
  readonly from: number;
  readonly to: number;
  /** Seconds after which traffic weighs half. */
  readonly halfLife: number;
  /** Seconds of a row of the snapshots. */
  readonly interval: number;
}

/** Intervals that a half-life must hold for snapshots to do: then no age is off by more than 1.4 % of its weight. */
const leastIntervals = 50;

/** Snapshots are made of intervals that divide an hour, of whatever length: whole hours are made of whole rows. */
const hour = 3600;

/** What tells the edges of one observer apart; equal only where all of it is. */
export const observedEdge = "hash(client, server, server_port, source, observer)";

/**
 * Makes the view `windowed`: the accepted rows of a window. Its whole hours are taken from the interval snapshots, which are
 * a tenth of the rows or fewer, and what is cut off at its ends from the rows themselves, so that nothing before or after
 * the window counts. Where the half-life is too short for the age of a snapshot to be exact enough, all are rows.
 * Column `is_snapshot` tells which is which.
 * @param rows and `snapshots`: views of the files that overlap the window
 */
export async function viewWindow(database: Database, rows: string, snapshots: string, window: Window): Promise<string> {
  const { from, to, halfLife, interval } = window;
  const first = Math.ceil(from / hour) * hour;
  const last = Math.floor(to / hour) * hour;
  const whole = `"end" > ${from} AND start < ${to}`;
  const query =
    first < last && hour % interval === 0 && halfLife >= leastIntervals * interval
      ? `SELECT *, true AS is_snapshot FROM ${snapshots} WHERE outcome = 'accepted' AND start >= ${first} AND start < ${last}
         UNION ALL BY NAME
         SELECT *, false AS is_snapshot FROM ${rows} WHERE outcome = 'accepted' AND ${whole} AND (start < ${first} OR start >= ${last})`
      : `SELECT *, false AS is_snapshot FROM ${rows} WHERE outcome = 'accepted' AND ${whole}`;
  await database.run(`CREATE VIEW windowed AS ${query}`);
  return "windowed";
}
