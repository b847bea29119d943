import { Script } from "node:vm";
import type { JsonFormat, Parsed, TextFormat } from "../../history/format.js";
import { formats } from "../../history/formats/index.js";
import { beginJson, parseLine } from "../../history/jsonLines.js";
import { isFilled, linesToDetect } from "../../history/lines.js";
import { InputError } from "../../input/problems.js";
import { brokenLaw } from "./invariants.js";

/** What became of one input. */
export interface Fed {
  readonly accepted: number;
  readonly skipped: number;
  readonly rejected: number;
  /** The whole input was refused with an `InputError`. */
  readonly refused: boolean;
  /** What is wrong with the format's parser; undefined where nothing is. */
  readonly fault: string | undefined;
  /** The fault is the time that it took. */
  readonly slow: boolean;
}

/** Processor time that one record may take, in seconds. */
const longestRecord = 1;

/** Every format that a text is read by. The rows of a table go to the parser of the text of its name. */
export const fuzzedFormats = formats.filter((f): f is TextFormat | JsonFormat => f.kind !== "table");
/** What a document is of that tells no time. */
const window = { from: 1_764_064_800, to: 1_764_068_400 };

/** A parser that breaks a law, or takes too long. */
class Fault extends Error {}
class SlowFault extends Fault {}

/**
 * Reads an input as `ingest` does, by the parser of one format, and asks every format whether it is theirs.
 * A parser's fault is a throw that is no `InputError`, a flow or span that breaks a law, or a record that takes too long.
 * @param longest seconds after which the whole input is stopped
 */
export function feed(format: TextFormat | JsonFormat, bytes: Buffer, longest = 30): Fed {
  const counts = { accepted: 0, skipped: 0, rejected: 0 };
  const take = (parsed: Parsed) => {
    const law = brokenLaw(parsed);
    if (law !== undefined) throw new Fault(`breaks the law "${law}": ${JSON.stringify(parsed).slice(0, 600)}`);
    if ("flow" in parsed || "span" in parsed) counts.accepted++;
    else if ("skip" in parsed) counts.skipped++;
    else counts.rejected++;
  };
  const fed = (fault?: string, slow = false): Fed => ({ ...counts, refused: false, fault, slow });
  try {
    stopAfter(longest, () => read(format, new TextDecoder().decode(bytes), take));
    return fed();
  } catch (error) {
    if (error instanceof InputError) return { ...fed(), refused: true };
    if (error instanceof Fault) return fed(error.message, error instanceof SlowFault);
    if ((error as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_TIMEOUT")
      return fed(`hangs for ${longest} s`, true);
    return fed(`throws ${error instanceof Error ? (error.stack ?? error.message).slice(0, 1000) : String(error)}`);
  }
}

type Take = (parsed: Parsed) => void;

function read(format: TextFormat | JsonFormat, text: string, take: Take): void {
  const lines = text
    .split("\n")
    .map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line))
    .filter(isFilled);
  if (lines.length === 0) return;
  const firstLines = lines.slice(0, linesToDetect);
  const { documents, isLines } = beginJson(firstLines);
  for (const other of fuzzedFormats) detect(other, firstLines, documents);
  if (format.kind === "text") readText(format, lines, take);
  else readJson(format, lines, text, isLines, take);
}

function detect(format: TextFormat | JsonFormat, firstLines: readonly string[], documents: readonly unknown[]): void {
  if (format.kind === "text") timed(() => format.detect(firstLines));
  else for (const document of documents) timed(() => format.detect(document));
}

function readText(format: TextFormat, lines: readonly string[], take: Take): void {
  const opened = format.open(lines[0] ?? "", "fuzz");
  for (const line of lines.slice(opened.headerLines)) take(timed(() => opened.parse(line)));
}

function readJson(format: JsonFormat, lines: readonly string[], text: string, isLines: boolean, take: Take): void {
  for (const part of isLines ? lines : [text]) {
    const document = parseLine(part);
    if (document === undefined) take({ reject: "is no JSON" });
    else for (const parsed of timed(() => [...format.parse(document, window)])) take(parsed);
  }
}

function timed<T>(run: () => T): T {
  const before = process.cpuUsage();
  const result = run();
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  if (seconds > longestRecord) throw new SlowFault(`takes ${seconds.toFixed(1)} s for one record`);
  return result;
}

const slot = Symbol.for("firebreak.fuzz");
const runSlot = new Script('globalThis[Symbol.for("firebreak.fuzz")]()');

/** Runs `run` and stops it after a time, wherever it is: also within a regular expression that never ends. */
function stopAfter(seconds: number, run: () => void): void {
  (globalThis as Record<symbol, unknown>)[slot] = run;
  try {
    runSlot.runInThisContext({ timeout: seconds * 1000, displayErrors: false });
  } finally {
    delete (globalThis as Record<symbol, unknown>)[slot];
  }
}
