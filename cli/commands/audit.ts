import { resolve } from "node:path";
import { type Command as Commander, Option } from "commander";
import { GateError } from "../../input/gate.js";
import { InputError } from "../../input/problems.js";
import { changeKinds } from "../../planner/decisionSchema.js";
import { readAudit, verifyAudit } from "../../stores/audit/file.js";
import { selectRecords, storyOf } from "../../stores/audit/select.js";
import { describeRecords, describeStory } from "../auditReport.js";
import type { Call, Command } from "../command.js";
import { type Config, readConfig } from "../config.js";
import { time } from "../flags.js";
import { printJson } from "../output.js";

export const audit: Command = {
  declare: (command: Commander) =>
    command
      .option("--file <path>", "audit log (default: the configured one)")
      .option("--config <file>", "configuration (default: firebreak.yaml here, where there is one)")
      .option("--decision <id>", "show: of one decision; the first characters of its id do")
      .option("--resource <name>", "show: of resources whose name or URN has this part")
      .addOption(new Option("--phase <phase>", "show: of one phase").choices(["before", "after", "refused"]))
      .addOption(new Option("--kind <kind>", "show: of one kind of change").choices([...changeKinds]))
      .option("--actor <name>", "show: by one actor")
      .option("--since <time>", "show: from a time on", time)
      .option("--until <time>", "show: before a time", time)
      .option("--json", "print one JSON document"),
  run: async (call) => {
    const { terminal, args, flags } = call;
    const config = readConfig(flags.config as string | undefined, terminal.cwd);
    const file = flags.file === undefined ? auditPath(config) : resolve(terminal.cwd, String(flags.file));
    if (args[0] === "verify") verify(call, file);
    else if (args[0] === "show" && args[1] !== undefined) showOne(call, file, args[1]);
    else if (args[0] === "show") {
      const entries = selectRecords(readAudit(file), flags);
      if (flags.json) printJson(terminal, { entries });
      else terminal.out(describeRecords(entries));
    } else {
      throw new InputError("audit", [{ place: "audit", message: `${args[0]} is not known; expected verify or show` }]);
    }
    return undefined;
  },
};

function verify({ terminal, flags }: Call, file: string): void {
  const result = verifyAudit(file);
  if (flags.json) printJson(terminal, result);
  else if (result.problems.length === 0) terminal.out(`${result.records} records, chain whole\n`);
  if (!flags.json) for (const t of result.torn) terminal.out(`line ${t.line}: ${t.message}\n`);
  if (result.problems.length > 0) {
    const lines = result.problems.map((p) => `  line ${p.line}: ${p.message}`);
    throw new GateError([`the audit log ${file} is not whole`, ...lines].join("\n"));
  }
}

function showOne({ terminal, flags }: Call, file: string, number: string): void {
  const records = readAudit(file);
  const story = storyOf(records, Number(number));
  if (story === undefined) {
    const message = `there is no record ${number}; the log has ${records.length}, and \`audit show\` lists them`;
    throw new InputError(file, [{ place: "record", message }]);
  }
  if (flags.json) printJson(terminal, story);
  else terminal.out(describeStory(story));
}

/** Path of the configured audit log. */
export function auditPath(config: Config): string {
  return resolve(config.root, config.stores.audit.slice("file:".length));
}
