import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { addressOwners, buildGraph, type Graph } from "../graph/build.js";
import { addressHolders } from "../graph/holders.js";
import { readTopology } from "../graph/topology.js";
import type { Inventory, Topology } from "../graph/types.js";
import { historyRange, readTraffic } from "../history/readTraffic.js";
import type { Storage } from "../history/storage/storage.js";
import type { Traffic } from "../history/traffic.js";
import { parseJson } from "../input/json.js";
import { InputError } from "../input/problems.js";
import type { Call } from "./command.js";
import { type Config, estimatesOf, readConfig } from "./config.js";
import { historyOf } from "./historyPlace.js";
import { inventoryOf } from "./inventorySource.js";
import type { Terminal } from "./output.js";

/** The graph that a command works on, with where it came from. */
export interface GraphSource {
  readonly config: Config;
  readonly inventory: Inventory;
  readonly graph: Graph;
  /** Null when the topology came from a file. */
  readonly traffic: Traffic | null;
}

/** What graphs of several times are built from, read once. */
interface GraphInputs {
  readonly config: Config;
  readonly inventory: Inventory;
  readonly history: Storage;
  /** Unix seconds: end of the history. */
  readonly end: number;
}

/** Builds the graph of the window from the history and the inventory that flags or configuration name. */
export async function graphFromHistory(call: Call): Promise<GraphSource> {
  const inputs = await openInputs(call);
  return buildAt(call, inputs, (call.flags.at as number | undefined) ?? inputs.end);
}

/**
 * Builds the graphs of windows that end at these times, from one reading of configuration and inventory.
 * @param times unix seconds
 */
export async function graphsAt(call: Call, times: readonly number[]): Promise<Graph[]> {
  const inputs = await openInputs(call);
  return Promise.all(times.map(async (to) => (await buildAt(call, inputs, to)).graph));
}

async function openInputs(call: Call): Promise<GraphInputs> {
  const { flags, terminal } = call;
  const config = readConfig(flags.config as string | undefined, terminal.cwd);
  const history = historyOf(terminal, config, flags.history);
  const inventory = await inventoryOf(call, config);
  const range = await historyRange(history);
  if (range === null) {
    throw new InputError(history.name, [
      { place: "history", message: "holds no traffic; run `firebreak ingest SOURCE --into DIR` first" },
    ]);
  }
  return { config, inventory, history, end: range.to };
}

async function buildAt({ flags }: Call, { config, inventory, history }: GraphInputs, to: number): Promise<GraphSource> {
  const from = to - ((flags.window as number | undefined) ?? config.graph.window);
  const halfLife = (flags.halfLife as number | undefined) ?? config.graph.halfLife;
  const traffic = await readTraffic(history, {
    from,
    to,
    halfLife,
    owners: addressOwners(inventory),
    peaksOf: new Set(inventory.instances.flatMap((i) => (i.capacity === undefined ? [] : [i.service]))),
    holders: addressHolders(inventory),
    interval: config.graph.interval,
    memory: config.graph.memory,
    floor: config.graph.floor,
  });
  const graph = buildGraph(traffic, inventory, estimatesOf(config));
  return { config, inventory, graph, traffic };
}

/** Like `graphFromHistory`, but `--topology FILE` (or `-`) takes a ready topology instead. */
export async function graphOrTopology(call: Call): Promise<GraphSource> {
  const { flags, terminal } = call;
  if (flags.topology === undefined) {
    const source = await graphFromHistory(call);
    for (const warning of source.graph.warnings) terminal.err(`firebreak: warning: ${warning}\n`);
    return source;
  }
  const topology = await topologyFrom(String(flags.topology), terminal);
  const config = readConfig(flags.config as string | undefined, terminal.cwd);
  return {
    config,
    inventory: await inventoryOf(call, config),
    graph: { topology, dependencies: [], priors: [], external: [], warnings: [] },
    traffic: null,
  };
}

/** The topology of a file, or of standard input for `-`. */
export async function topologyFrom(name: string, terminal: Terminal): Promise<Topology> {
  return readTopology(await jsonFrom(name, terminal), name);
}

/** A function of its own, so that the text of a large topology is let go when it is parsed. */
async function jsonFrom(name: string, terminal: Terminal): Promise<unknown> {
  return parseJson(name === "-" ? await readAll(terminal.stdin) : readText(resolve(terminal.cwd, name), name), name);
}

/** @throws InputError where the file cannot be read */
export function readText(file: string, source: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new InputError(source, [
      { place: source, message: `cannot be read (${(error as NodeJS.ErrnoException).code}); check the path` },
    ]);
  }
}

/** Worlds, seed and threads from flags, else configuration. */
export function simulationOf(
  call: Call,
  config: Config,
): { worlds: number; seed: number; threads: number | undefined } {
  const threads = (call.flags.threads as number | undefined) ?? config.simulation.threads;
  return {
    worlds: (call.flags.worlds as number | undefined) ?? config.simulation.worlds,
    seed: (call.flags.seed as number | undefined) ?? config.simulation.seed,
    threads: threads === "auto" ? undefined : threads,
  };
}
