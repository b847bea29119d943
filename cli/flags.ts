import { type Command, InvalidArgumentError } from "commander";
import { durationRemedy, readDuration } from "../input/duration.js";

/** Reads a whole number of at least `least` from a flag. */
export function wholeNumber(least: number, most: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** Reads a probability from a flag. */
export function probability(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1)) {
    throw new InvalidArgumentError("Expected a number from 0 to 1.");
  }
  return value;
}

/** Reads a probability above 0 from a flag. */
export function positiveProbability(text: string): number {
  const value = probability(text);
  if (value === 0) throw new InvalidArgumentError("Expected a number above 0, at most 1.");
  return value;
}

/** Reads a duration from a flag, in seconds. */
export function duration(text: string): number {
  const value = readDuration(text);
  if (value === undefined) throw new InvalidArgumentError(`${durationRemedy}.`);
  return value;
}

/** Reads a duration of whole seconds, at most a day, from a flag. */
export function wholeSeconds(text: string): number {
  const value = duration(text);
  if (!Number.isInteger(value) || value > 86_400)
    throw new InvalidArgumentError("Expected whole seconds, at most a day.");
  return value;
}

const units = { "": 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const;

/** Reads an amount of bytes such as `64MiB` from a flag. */
export function bytes(text: string): number {
  const match = /^(\d{1,9})(|KiB|MiB|GiB)$/.exec(text);
  const value = match === null ? 0 : Number(match[1]) * units[match[2] as keyof typeof units];
  if (value < 1) throw new InvalidArgumentError("Expected bytes such as 65536, 512KiB or 64MiB.");
  return value;
}

/** Reads a point in time from a flag, in unix seconds. */
export function time(text: string): number {
  const value = Date.parse(text);
  if (Number.isNaN(value)) throw new InvalidArgumentError("Expected a time such as 2026-11-25T10:00:00Z.");
  return value / 1000;
}

/** The flags of every command that reads a graph, from the history or from a file. */
export function graphFlags(command: Command): Command {
  return command
    .option("--config <file>", "configuration (default: firebreak.yaml here, where there is one)")
    .option("--history <place>", "history to read: a folder or s3://bucket/prefix")
    .option("--inventory <file>", "inventory, JSON or YAML; or kubernetes or aws: what is there now")
    .option("--at <time>", "end of the window (default: the end of the history)", time)
    .option("--window <duration>", "how far back to look", duration)
    .option("--half-life <duration>", "age at which traffic counts half", duration);
}

/** The flags of every command that simulates. */
export function simulationFlags(command: Command): Command {
  return graphFlags(command)
    .option("--topology <file>", "topology JSON instead of a history; - reads standard input")
    .option("--worlds <n>", "worlds to sample", wholeNumber(1, 2 ** 31))
    .option("--seed <n>", "seed of every random choice", wholeNumber(0))
    .option("--threads <n>", "worker threads (default: as many as there are processors)", wholeNumber(1, 1024));
}

/** The flags of the commands that work on a real stack. */
export function applyFlags(command: Command): Command {
  return command
    .option("--config <file>", "configuration (default: firebreak.yaml here, where there is one)")
    .option("--decision <file>", "decision to apply (default: .firebreak/decision.json)")
    .option("--stack <name>", "stack (default: the one configured)")
    .option("--cwd <dir>", "folder of the Pulumi project")
    .option("--create", "create the stack where it does not exist yet")
    .option("--policy-pack <dir...>", "policy packs that must pass")
    .option("--verbose", "show what Pulumi prints");
}
