import type { Command as Commander } from "commander";
import type { Terminal } from "./output.js";

/** One verb of the command line. */
export interface Command {
  /** Adds the flags. */
  declare(command: Commander): void;
  /** @returns the exit code; nothing means done. */
  run(call: Call): Promise<number | undefined>;
}

export interface Call {
  readonly terminal: Terminal;
  readonly args: readonly (string | undefined)[];
  readonly flags: Readonly<Record<string, unknown>>;
}
