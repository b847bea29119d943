import { resolve } from "node:path";
import { GateError } from "../../input/gate.js";
import { InputError } from "../../input/problems.js";
import { readAudit, verifyAudit } from "../../stores/audit/file.js";
import type { Command } from "../command.js";
import { type Config, readConfig } from "../config.js";
import { printJson, table } from "../output.js";

export const audit: Command = {
  declare: (command) =>
    command
      .option("--file <path>", "audit log (default: the configured one)")
      .option("--config <file>", "configuration (default: firebreak.yaml here, where there is one)")
      .option("--json", "print one JSON document"),
  run: async ({ terminal, args, flags }) => {
    const config = readConfig(flags.config as string | undefined, terminal.cwd);
    const file = flags.file === undefined ? auditPath(config) : resolve(terminal.cwd, String(flags.file));
    if (args[0] !== "verify" && args[0] !== "show") {
      throw new InputError("audit", [{ place: "audit", message: `${args[0]} is not known; expected verify or show` }]);
    }
    if (args[0] === "verify") {
      const result = await verifyAudit(file);
      if (flags.json) printJson(terminal, result);
      else if (result.problems.length === 0) terminal.out(`${result.records} records, chain whole\n`);
      if (!flags.json) for (const t of result.torn) terminal.out(`line ${t.line}: ${t.message}\n`);
      if (result.problems.length > 0) {
        const lines = result.problems.map((p) => `  line ${p.line}: ${p.message}`);
        throw new GateError([`the audit log ${file} is not whole`, ...lines].join("\n"));
      }
      return undefined;
    }
    const entries = await readAudit(file);
    if (flags.json) printJson(terminal, { entries });
    else {
      terminal.out(
        table(
          ["at", "phase", "operation", "resource", "change", "decision", "outcome"],
          entries.map((e) => [
            e.at,
            e.phase,
            e.operation,
            e.name,
            e.change === null ? "" : `${e.change.kind} ${e.change.from} → ${e.change.to}`,
            e.decision.slice(0, 19),
            e.outcome ?? "",
          ]),
        ),
      );
    }
    return undefined;
  },
};

/** Path of the configured audit log. */
export function auditPath(config: Config): string {
  return resolve(config.root, config.stores.audit.slice("file:".length));
}
