import { isAbsolute, resolve } from "node:path";
import { formatNames } from "../../history/formats/index.js";
import type { Command } from "../command.js";
import { readConfig } from "../config.js";
import { ingestSource, sourceFlags } from "../ingestSource.js";
import { nearPath, printJson, table } from "../output.js";

export const ingest: Command = {
  declare: (command) =>
    sourceFlags(command)
      .option("--into <dir>", "history to write (default: the configured one)")
      .option("--format <name>", `auto, ${formatNames.join(", ")}`, "auto")
      .option("--config <file>", "configuration (default: firebreak.yaml here, where there is one)")
      .option("--json", "print one JSON document"),
  run: async ({ terminal, args, flags }) => {
    const config = readConfig(flags.config as string | undefined, terminal.cwd);
    const into =
      flags.into === undefined ? resolve(config.root, config.history) : resolve(terminal.cwd, String(flags.into));
    const sources = args.filter((a) => a !== undefined);
    const reports = [];
    for (const source of sources) {
      reports.push(
        ...(await ingestSource(source, terminal, flags, {
          into,
          format: String(flags.format),
          stdin: terminal.stdin,
          onProgress: terminal.interactive
            ? (p) => terminal.err(`\r${p.lines.toLocaleString("en")} lines `)
            : undefined,
        })),
      );
    }
    if (terminal.interactive) terminal.err("\r\x1b[K");
    if (flags.json) {
      printJson(terminal, { into, sources: reports });
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
