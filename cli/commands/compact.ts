import type { Command } from "../command.js";
import { readConfig } from "../config.js";
import { duration } from "../flags.js";
import { compactConfigured, historyOf } from "../historyPlace.js";
import { printJson } from "../output.js";

export const compact: Command = {
  declare: (command) =>
    command
      .option("--history <place>", "history to compact: a folder or s3://bucket/prefix (default: the configured one)")
      .option(
        "--grace <duration>",
        "how long files that no longer count stay for their readers (default: 1h)",
        duration,
      )
      .option("--config <file>", "configuration (default: firebreak.yaml here, where there is one)")
      .option("--json", "print one JSON document"),
  run: async ({ terminal, flags }) => {
    const config = readConfig(flags.config as string | undefined, terminal.cwd);
    const storage = historyOf(terminal, config, flags.history);
    const report = await compactConfigured(terminal, config, storage, flags.grace as number | undefined);
    if (flags.json) {
      printJson(terminal, { history: storage.name, ...report });
      return undefined;
    }
    const lines = report.changed
      ? [`checkpoint ${report.sequence}: ${report.merged} files became ${report.into}, ${report.files} count`]
      : [`nothing to compact: ${report.files} files count`];
    if (report.summarised.length > 0)
      lines.push(`rows past graph.keepRaw, now summaries: ${report.summarised.join(" ")}`);
    if (report.expired.length > 0) lines.push(`past graph.keepSnapshots, let go: ${report.expired.join(" ")}`);
    lines.push(`old files: ${report.removed} removed, ${report.waiting} wait for their grace`);
    terminal.out(`${lines.join("\n")}\n`);
    return undefined;
  },
};
