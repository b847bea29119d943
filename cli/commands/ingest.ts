import { isAbsolute } from "node:path";
import { readCatalog } from "../../history/catalog.js";
import { formatNames } from "../../history/formats/index.js";
import { mostFilesOfDay } from "../../history/retention.js";
import type { Storage } from "../../history/storage/storage.js";
import type { Command } from "../command.js";
import { type Config, readConfig } from "../config.js";
import { compactConfigured, historyOf } from "../historyPlace.js";
import { ingestSource, sourceFlags } from "../ingestSource.js";
import { nearPath, printJson, type Terminal, table } from "../output.js";

/** Files of one kind and day past which an ingest compacts: rarely enough that a day is not written anew each time. */
const crowd = 32;

export const ingest: Command = {
  declare: (command) =>
    sourceFlags(command)
      .option("--into <place>", "history to write: a folder or s3://bucket/prefix (default: the configured one)")
      .option("--format <name>", `auto, ${formatNames.join(", ")}`, "auto")
      .option("--config <file>", "configuration (default: firebreak.yaml here, where there is one)")
      .option("--json", "print one JSON document"),
  run: async ({ terminal, args, flags }) => {
    const config = readConfig(flags.config as string | undefined, terminal.cwd);
    const into = historyOf(terminal, config, flags.into);
    const sources = args.filter((a) => a !== undefined);
    const reports = [];
    for (const source of sources) {
      reports.push(
        ...(await ingestSource(source, terminal, flags, {
          into,
          format: String(flags.format),
          interval: config.graph.interval,
          stdin: terminal.stdin,
          onProgress: terminal.interactive
            ? (p) => terminal.err(`\r${p.lines.toLocaleString("en")} lines `)
            : undefined,
        })),
      );
    }
    if (terminal.interactive) terminal.err("\r\x1b[K");
    await compactCrowded(terminal, config, into);
    if (flags.json) {
      printJson(terminal, { into: into.name, sources: reports });
    } else {
      const rows = reports.map((r) => [
        isAbsolute(r.source) ? nearPath(terminal, r.source) : r.source,
        r.format,
        String(r.lines),
        String(r.stored),
        String(r.skipped),
        String(r.rejected),
        r.alreadyStored ? "stored before" : r.days.join(" "),
      ]);
      terminal.out(table(["source", "format", "lines", "stored", "skipped", "rejected", "days"], rows));
      for (const r of reports)
        if (r.rejectsFile) terminal.out(`rejected lines: ${nearPath(terminal, r.rejectsFile)}\n`);
    }
    return undefined;
  },
};

/** What was ingested is stored already: a compaction that fails is worth a warning and no more. */
async function compactCrowded(terminal: Terminal, config: Config, history: Storage): Promise<void> {
  try {
    if (mostFilesOfDay((await readCatalog(history)).files) <= crowd) return;
    const { merged, into } = await compactConfigured(terminal, config, history);
    terminal.err(`firebreak: compacted the history: ${merged} files became ${into}\n`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    terminal.err(`firebreak: warning: the history was not compacted; run \`firebreak compact\`: ${reason}\n`);
  }
}
