import { resolve } from "node:path";
import { type CompactionReport, compactHistory } from "../history/compaction.js";
import { isS3, openStorage } from "../history/storage/place.js";
import type { Storage } from "../history/storage/storage.js";
import type { Config } from "./config.js";
import type { Terminal } from "./output.js";

/** The history that a flag names, else the configured one: a folder or `s3://bucket/prefix`. */
export function historyOf(terminal: Terminal, config: Config, flag: unknown): Storage {
  const [place, base] = flag === undefined ? [config.history, config.root] : [String(flag), terminal.cwd];
  return openStorage(isS3(place) ? place : resolve(base, place), {
    extensions: terminal.env.FIREBREAK_DUCKDB_EXTENSIONS || undefined,
  });
}

/** Compacts a history by the configured retention. `grace`: seconds. */
export function compactConfigured(
  terminal: Terminal,
  config: Config,
  storage: Storage,
  grace?: number,
): Promise<CompactionReport> {
  const { interval, keepRaw, keepSnapshots } = config.graph;
  return compactHistory(storage, {
    now: terminal.now() * 1000,
    grace,
    keepRaw,
    keepSummaries: keepSnapshots,
    interval,
  });
}
