import { Command, CommanderError } from "commander";
import { GateError } from "../input/gate.js";
import { InputError } from "../input/problems.js";
import { commands } from "./commands/index.js";
import { Interrupted } from "./interrupt.js";
import { processTerminal, type Terminal } from "./output.js";
import { version } from "./version.js";

/** Exit codes of the command line: done, failed, bad usage or input, a gate said no, stopped by Ctrl-C. */
export const exits = { done: 0, failed: 1, badInput: 2, gate: 3, interrupted: 130 } as const;

/** Runs the command line and gives the exit code; never throws. */
export async function run(argv: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  const program = new Command("firebreak")
    .description("Risk-aware infrastructure as code: from traffic history to Pulumi changes, before anything fails.")
    .version(version(), "-V, --version")
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .showHelpAfterError("(run with --help to see what is known)")
    .exitOverride();
  let code: number = exits.done;
  try {
    for (const { usage, description, load } of commands) {
      const sub = program.command(usage).description(description).allowExcessArguments(false);
      sub.exitOverride().copyInheritedSettings(program);
      if (!argv.slice(2).includes(sub.name())) continue;
      const command = await load();
      command.declare(sub);
      sub.action(async (...args: unknown[]) => {
        const positional = args.slice(0, -2) as (string | string[] | undefined)[];
        code = (await command.run({ terminal, args: positional.flat(), flags: sub.opts() })) ?? exits.done;
      });
    }
    await program.parseAsync([...argv]);
    return code;
  } catch (error) {
    return explainFailure(error, terminal);
  }
}

function explainFailure(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) {
    const asked = error.code === "commander.helpDisplayed" || error.code === "commander.version";
    return asked || (error.code === "commander.help" && error.exitCode === 0) ? exits.done : exits.badInput;
  }
  const message = error instanceof Error ? error.message : String(error);
  terminal.err(`firebreak: ${message}\n`);
  if (error instanceof InputError) return exits.badInput;
  if (error instanceof GateError) return exits.gate;
  if (error instanceof Interrupted) return exits.interrupted;
  if (terminal.env.FIREBREAK_DEBUG && error instanceof Error) terminal.err(`${error.stack}\n`);
  else terminal.err("(set FIREBREAK_DEBUG=1 to see where this came from)\n");
  return exits.failed;
}
