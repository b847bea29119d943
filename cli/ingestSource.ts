import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import type { TimeWindow } from "../history/format.js";
import { type IngestOptions, type IngestReport, ingest } from "../history/ingest.js";
import { ingestPrometheus } from "../history/ingestPrometheus.js";
import { prometheusUrl } from "../history/prometheusApi.js";
import { InputError } from "../input/problems.js";
import { duration, time } from "./flags.js";
import type { Terminal } from "./output.js";

type Flags = Readonly<Record<string, unknown>>;

/** The flags that say of what time a source is, and how to ask a Prometheus. */
export function sourceFlags(command: Command): Command {
  return command
    .option("--from <time>", "start of the time that the sources are of, where they do not tell", time)
    .option("--to <time>", "end of that time (default for Prometheus: now)", time)
    .option("--since <duration>", "how far back to ask a Prometheus", duration, 3600)
    .option("--step <duration>", "time between two samples of a Prometheus", duration, 60)
    .option("--timeout <duration>", "how long to wait for each of its answers", duration, 30)
    .option("--token-file <file>", "bearer token for it (default: what PROMETHEUS_TOKEN holds)");
}

/** Ingests one source as the command line names it: a file, a folder, `-`, or `prometheus+http://…`. */
export async function ingestSource(
  source: string,
  terminal: Terminal,
  flags: Flags,
  options: IngestOptions,
): Promise<IngestReport[]> {
  const window = windowOf(flags);
  const url = prometheusUrl(source);
  if (url === undefined) return ingest(source === "-" ? source : resolve(terminal.cwd, source), { ...options, window });
  const to = Math.floor((flags.to as number | undefined) ?? terminal.now());
  const from = window?.from ?? to - (flags.since as number);
  const api = { url, step: flags.step as number, token: tokenOf(terminal, flags), timeout: flags.timeout as number };
  return ingestPrometheus(api, { from, to }, options);
}

function windowOf({ from, to }: Flags): TimeWindow | undefined {
  if (typeof from !== "number" || typeof to !== "number") {
    if (from === undefined) return undefined;
    throw new InputError("--to", [{ place: "--to", message: "is missing; say until when, beside --from" }]);
  }
  if (Math.floor(from) < Math.floor(to)) return { from: Math.floor(from), to: Math.floor(to) };
  throw new InputError("--from", [{ place: "--from", message: "is not before --to; correct one of them" }]);
}

function tokenOf(terminal: Terminal, flags: Flags): string | undefined {
  if (flags.tokenFile === undefined) return terminal.env.PROMETHEUS_TOKEN?.trim() || undefined;
  const file = resolve(terminal.cwd, String(flags.tokenFile));
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new InputError("--token-file", [{ place: file, message: `cannot be read (${code}); check the path` }]);
  }
}
