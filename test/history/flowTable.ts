import { flowTypes } from "../../history/flows.js";
import { type Database, openDatabase } from "../../history/parquet.js";
import type { Flow } from "../../history/traffic.js";
import { viewWindow, type Window } from "../../history/window.js";

/** Midnight, UTC, 2026-11-25. */
export const midnight = 1_795_564_800;

/** Calls `use` with a database whose table `flows` holds the rows; what a row does not name is a call of `a` into `b`. */
export async function withRows<T>(rows: readonly Partial<Flow>[], use: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase({ threads: 1 });
  try {
    await database.run(`CREATE TABLE flows (${flowTypes})`);
    const appender = await database.appender("flows");
    for (const row of rows) {
      const flow = { ...usual, ...row };
      const { start, client, server, serverPort, protocol, requests, connections, bytes, failed, sampling } = flow;
      const end = row.end ?? start + 60;
      appender.append([
        start,
        end,
        client,
        server,
        serverPort,
        protocol,
        requests,
        connections,
        bytes,
        failed,
        sampling,
        flow.observer,
        flow.outcome,
        flow.source,
      ]);
    }
    appender.close();
    await database.run("CREATE TABLE owners (server VARCHAR NOT NULL, service VARCHAR NOT NULL)");
    return await use(database);
  } finally {
    database.close();
  }
}

/** The view of a window of `rows`, which are their own snapshots. */
export const windowOf = (database: Database, window: Window, rows = "flows") =>
  viewWindow(database, rows, rows, window);

const usual: Flow = {
  start: midnight,
  end: midnight + 60,
  client: "a",
  server: "b",
  serverPort: 443,
  protocol: 6,
  requests: null,
  connections: 1,
  bytes: 0,
  failed: null,
  sampling: 1,
  source: "vpc-flow-logs",
  observer: "eni-0a",
  outcome: "accepted",
};
