import { InputError, type Problem, show } from "../input/problems.js";
import { readCatalog } from "./catalog.js";
import { readEdges } from "./edges.js";
import { readFailovers } from "./failovers.js";
import { withFlows } from "./flows.js";
import { type AddressHolder, nameAddresses } from "./holders.js";
import { filesOfKind } from "./liveFile.js";
import type { Database } from "./parquet.js";
import { readPeaks } from "./peaks.js";
import { findSpikes } from "./spikes.js";
import { holdSteady, readSteadyEdges } from "./steadiness.js";
import { type Place, storageOf } from "./storage/place.js";
import { usualInterval } from "./summary.js";
import type { Traffic } from "./traffic.js";
import { viewWindow } from "./window.js";

export interface TrafficQuery {
  /** Unix seconds, inclusive. */
  readonly from: number;
  /** Unix seconds, exclusive. Weights are as of this time. */
  readonly to: number;
  /** Seconds after which traffic weighs half. */
  readonly halfLife: number;
  /** Address or name of a server to its service, for peaks and failovers. */
  readonly owners: ReadonlyMap<string, string>;
  /** Services whose peaks are asked for: those that a capacity gives a meaning to. All, owned or not, where not given. */
  readonly peaksOf?: ReadonlySet<string>;
  /** Who held which address when, where that is known. */
  readonly holders?: readonly AddressHolder[];
  /** Seconds of a bucket in which spikes and failovers are looked for (300). */
  readonly interval?: number;
  /** Seconds before `to` that steady edges and failovers are remembered from (the window alone). */
  readonly memory?: number;
  /** Part of its mean volume that a steady edge does not decay below, 0…1 (0.25). */
  readonly floor?: number;
}

/**
 * Traffic of a window of the history: edges decayed to the window's end, each group's highest minute, and what happened
 * when a replica failed. Rejected connections are no traffic. A row that is partly in the window counts with its whole
 * amount. Spikes are damped (`spikes.ts`), and what comes back day by day is held above a floor (`steadiness.ts`).
 * @throws InputError where the history is missing, empty or damaged
 */
export async function readTraffic(history: Place, query: TrafficQuery): Promise<Traffic> {
  const storage = storageOf(history);
  checkQuery(storage.name, query);
  const { from, to, halfLife } = query;
  const remembered = Math.min(from, to - (query.memory ?? 0));
  const views = [
    { view: "flows", from, to, kind: "raw" },
    { view: "snapshots", from: remembered, to, kind: "summary" },
  ] as const;
  const { edges, rows, peaks, failovers } = await withFlows(storage, views, (database) =>
    queryTraffic(database, query, remembered),
  );
  return {
    window: { from, to },
    halfLife,
    rows,
    edges: edges.sort((a, b) => byText(a.client, b.client) || byText(a.server, b.server) || byText(a.source, b.source)),
    peaks: peaks.sort((a, b) => byText(a.group, b.group)),
    failovers: failovers.sort((a, b) => byText(a.client, b.client) || byText(a.group, b.group)),
  };
}

async function queryTraffic(database: Database, query: TrafficQuery, remembered: number) {
  const { from, to, halfLife, holders = [], interval = usualInterval, floor = 0.25 } = query;
  const window = { from, to, halfLife, interval };
  const memory = { from: remembered, to, interval };
  const rows = await nameAddresses(database, "flows", holders);
  const snapshots = await nameAddresses(database, "snapshots", holders);
  const windowed = await viewWindow(database, rows, snapshots, window);

  const damped = await findSpikes(database, windowed, interval);
  const edges = await readEdges(database, windowed, damped, window);
  const steady = await readSteadyEdges(database, snapshots, memory);
  await fillOwners(database, query.owners);
  const failovers = await readFailovers(database, snapshots, memory);
  const { peaksOf } = query;
  if (peaksOf !== undefined)
    await fillOwners(
      database,
      [...query.owners].filter(([, service]) => peaksOf.has(service)),
    );
  const peaks = await readPeaks(database, rows, windowed, { from, to, ownedOnly: peaksOf !== undefined });
  // Numbers in the text, not parameters: what the files' own statistics settle is then not asked row by row.
  const [counted] = await database.rows(
    `SELECT count(*)::DOUBLE AS rows FROM ${rows} WHERE outcome = 'accepted' AND "end" > ${from} AND start < ${to}`,
  );
  return {
    edges: holdSteady(edges, steady, { floor, window: to - from, halfLife }),
    rows: Number(counted?.rows),
    peaks,
    failovers,
  };
}

/** Makes the table `owners(server, service)` anew. */
async function fillOwners(database: Database, owners: Iterable<readonly [string, string]>): Promise<void> {
  await database.run("CREATE OR REPLACE TABLE owners (server VARCHAR NOT NULL, service VARCHAR NOT NULL)");
  const appender = await database.appender("owners");
  for (const owner of owners) appender.append(owner);
  appender.close();
}

/** Unix seconds from the first start to the last end of everything in the history, and its rows; null where it holds none. */
export async function historyRange(history: Place): Promise<{ from: number; to: number; rows: number } | null> {
  const files = filesOfKind((await readCatalog(storageOf(history))).files, "raw");
  if (files.length === 0) return null;
  return {
    from: files.reduce((least, f) => Math.min(least, f.from), Number.POSITIVE_INFINITY),
    to: files.reduce((most, f) => Math.max(most, f.to), 0),
    rows: files.reduce((sum, f) => sum + f.rows, 0),
  };
}

function checkQuery(history: string, query: TrafficQuery): void {
  const { from, to, halfLife, interval = usualInterval, floor = 0 } = query;
  const problems: Problem[] = [];
  if (!(Number.isFinite(from) && Number.isFinite(to) && from < to)) {
    problems.push({ place: "window", message: `from ${show(from)} to ${show(to)}: expected a start before its end` });
  }
  if (!(Number.isFinite(halfLife) && halfLife > 0)) {
    problems.push({ place: "halfLife", message: `${show(halfLife)}: expected seconds above 0` });
  }
  if (!(Number.isInteger(interval) && interval > 0)) {
    problems.push({ place: "interval", message: `${show(interval)}: expected whole seconds above 0` });
  }
  if (!(floor >= 0 && floor <= 1)) problems.push({ place: "floor", message: `${show(floor)}: expected 0 to 1` });
  if (problems.length > 0) throw new InputError(history, problems);
}

/** Code-unit order, null ("outside") first. */
function byText(a: string | null, b: string | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
