import { accessSync, constants } from "node:fs";
import { openDatabase } from "../../history/parquet.js";
import { historyRange } from "../../history/readTraffic.js";
import { refusesOverwrites } from "../../history/storage/conditionalWrites.js";
import { isS3 } from "../../history/storage/place.js";
import { openCluster, readClusterUid } from "../../provider/cluster.js";
import { findPulumi } from "../../provider/pulumiCli.js";
import type { Command } from "../command.js";
import { type Config, readConfig } from "../config.js";
import { historyOf } from "../historyPlace.js";
import { paint, printJson, type Terminal } from "../output.js";

interface Finding {
  readonly part: string;
  /** `ok`, `missing` (something does not work without it), `note` (fine, but worth knowing). */
  readonly state: "ok" | "missing" | "note";
  readonly detail: string;
}

export const doctor: Command = {
  declare: (command) =>
    command
      .option("--config <file>", "configuration (default: firebreak.yaml here, where there is one)")
      .option("--json", "print one JSON document"),
  run: async ({ terminal, flags }) => {
    const config = readConfig(flags.config as string | undefined, terminal.cwd);
    const findings = [
      nodeVersion(),
      await duckdb(),
      await pulumi(terminal),
      await cluster(),
      configuration(config),
      ...(await historyFindings(terminal, config)),
      writable(config),
    ];
    if (flags.json) printJson(terminal, { findings });
    else {
      const colours = { ok: "green", missing: "red", note: "yellow" } as const;
      for (const { part, state, detail } of findings) {
        terminal.out(`${paint(terminal, colours[state], state.padEnd(7))}  ${part.padEnd(22)}  ${detail}\n`);
      }
    }
    return findings.some((f) => f.state === "missing") ? 1 : 0;
  },
};

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const fine = major > 20 || (major === 20 && minor >= 12);
  return {
    part: "node",
    state: fine ? "ok" : "missing",
    detail: fine ? process.versions.node : `${process.versions.node} is too old; install Node.js 20.12 or newer`,
  };
}

async function duckdb(): Promise<Finding> {
  try {
    const { duckdbVersion } = await import("../../history/parquet.js");
    return { part: "duckdb", state: "ok", detail: await duckdbVersion() };
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
    return { part: "duckdb", state: "missing", detail: `${why}; run \`npm ci\` on this kind of machine` };
  }
}

async function pulumi(terminal: Terminal): Promise<Finding> {
  const found = await findPulumi(terminal.env);
  if ("version" in found) return { part: "pulumi", state: "ok", detail: found.version };
  return { part: "pulumi", state: "missing", detail: `${found.missing} (preview and up need it)` };
}

async function cluster(): Promise<Finding> {
  const found = await readClusterUid(openCluster());
  if ("uid" in found) return { part: "kubernetes cluster", state: "ok", detail: `kube-system ${found.uid}` };
  return {
    part: "kubernetes cluster",
    state: "note",
    detail: `not reached (${found.unreachable}); set KUBECONFIG where stacks deploy to a cluster`,
  };
}

function configuration(config: Config): Finding {
  if (config.file !== null) return { part: "firebreak.yaml", state: "ok", detail: config.file };
  return {
    part: "firebreak.yaml",
    state: "note",
    detail: "none here, so the defaults hold; `firebreak init` writes one",
  };
}

async function historyFindings(terminal: Terminal, config: Config): Promise<Finding[]> {
  const storage = historyOf(terminal, config, undefined);
  const found = await tried("history", async () => {
    const range = await historyRange(storage);
    if (range === null) {
      return { state: "note", detail: `${storage.name} holds no traffic yet; run \`firebreak ingest SOURCE\`` };
    }
    const day = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 16);
    return {
      state: "ok",
      detail: `${range.rows.toLocaleString("en")} rows, ${day(range.from)} to ${day(range.to)}`,
    };
  });
  if (!isS3(config.history)) return [found];
  const httpfs = await tried("duckdb httpfs", async () => {
    const database = await openDatabase({ threads: 1 });
    try {
      await storage.attach(database);
      return { state: "ok", detail: "loaded; reads Parquet on S3" };
    } finally {
      database.close();
    }
  });
  const writes = await tried("conditional writes", async () => {
    if (await refusesOverwrites(storage))
      return { state: "ok", detail: `${storage.name} can be written by many at once` };
    return { state: "missing", detail: "this server ignores If-None-Match: two writers would lose each other's work" };
  });
  return [found, httpfs, writes];
}

/** What cannot be found out is missing, and the error says why. */
async function tried(part: string, find: () => Promise<Omit<Finding, "part">>): Promise<Finding> {
  try {
    return { part, ...(await find()) };
  } catch (error) {
    const detail = error instanceof Error ? error.message.replaceAll("\n", " ") : String(error);
    return { part, state: "missing", detail };
  }
}

function writable(config: Config): Finding {
  try {
    accessSync(config.root, constants.W_OK);
    return { part: "working folder", state: "ok", detail: `${config.root} can be written` };
  } catch {
    return {
      part: "working folder",
      state: "missing",
      detail: `${config.root} cannot be written; history, decision and audit log are kept below it`,
    };
  }
}
