import type { Readable } from "node:stream";
import { parseJson } from "../input/json.js";
import { InputError } from "../input/problems.js";
import { windowRemedy } from "./dependencyLinks.js";
import type { JsonFormat, Parsed, TextFormat, TimeWindow } from "./format.js";
import { detectJson, detectText, findText, namedFormat } from "./formats/index.js";
import { beginJson, parseLine } from "./jsonLines.js";
import { isFilled, linesToDetect, openLines, startsJson } from "./lines.js";
import { magicOf } from "./magic.js";
import { readBulk } from "./readBulk.js";
import { readTable } from "./readTable.js";
import type { Rejects } from "./rejects.js";
import type { FlowStage } from "./stage.js";
import { openTally, type Tally } from "./tally.js";

/** UTF-16 units of a JSON document that is spread over lines. */
const longestDocument = 268_435_456;

export interface ReadOptions {
  /** A format's name, or `auto`. */
  readonly format: string;
  /** What `-` reads; standard input where not given. */
  readonly stdin?: Readable;
  /** What the source holds, where it is no file. */
  readonly content?: Readable;
  /** The time that the source is of, where its format needs it said. */
  readonly window?: TimeWindow;
  readonly onProgress?: (progress: { readonly source: string; readonly lines: number }) => void;
}

/** What one source is. */
export interface ReadContent {
  /** Name of its format. */
  readonly format: string;
  /** sha256 of content and format, in hex. */
  readonly id: string;
}

/** What was read of one source. */
export interface ReadSource extends ReadContent {
  readonly source: string;
  /** Records: data lines, or what a JSON document holds. */
  readonly lines: number;
  /** Reason to count. */
  readonly skipped: Readonly<Record<string, number>>;
}

/** Takes lines one by one, once the format is known. `end` is called after the last. */
interface LineTaker {
  readonly format: string;
  readonly take: (line: string, number: number) => void;
  readonly end: () => void;
}

/**
 * Reads one file, or `-`, into the stage: chooses its format, parses its records, and counts what became of them.
 * @throws InputError where it cannot be read, is empty or is of no known format
 */
export async function readSource(
  source: string,
  options: ReadOptions,
  stage: FlowStage,
  rejects: Rejects,
): Promise<ReadSource> {
  const tally = openTally(stage, rejects);
  const magic = source === "-" || options.content !== undefined ? "unknown" : magicOf(source);
  options.onProgress?.({ source, lines: 0 });
  const read =
    magic === "parquet"
      ? await readTable(source, options.format, stage, tally)
      : (magic !== "unknown" && (await readBulk(source, options.format, magic, stage, tally))) ||
        (await readLines(source, options, tally));
  options.onProgress?.({ source, lines: tally.records });
  return { source, ...read, lines: tally.records, skipped: tally.skipped };
}

async function readLines(source: string, options: ReadOptions, tally: Tally): Promise<ReadContent> {
  const content = options.content ?? (source === "-" ? (options.stdin ?? process.stdin) : undefined);
  const input = openLines(source, content);
  let number = 0;
  let taker: LineTaker | undefined;
  let held: string[] | undefined = [];
  const takeHeld = (lines: readonly string[]) => {
    for (const line of lines) {
      number++;
      if (taker === undefined && !isFilled(line)) continue;
      taker ??= openTaker(lines.filter(isFilled).slice(0, linesToDetect), options, source, tally.put);
      taker.take(line, number);
    }
  };
  for await (const batch of input.batches) {
    if (held === undefined) takeHeld(batch);
    else {
      held = held.concat(batch);
      if (held.filter(isFilled).length < linesToDetect) continue;
      takeHeld(held);
      held = undefined;
    }
    options.onProgress?.({ source, lines: tally.records });
  }
  if (held !== undefined) takeHeld(held);
  if (taker === undefined) {
    throw new InputError(source, [{ place: source, message: "is empty; expected a traffic log" }]);
  }
  taker.end();
  return { format: taker.format, id: input.digest(saltOf(taker.format, options.window, source)) };
}

type Put = (parsed: Parsed, line: number, text: string) => void;

function openTaker(firstLines: readonly string[], options: ReadOptions, source: string, put: Put): LineTaker {
  const named = namedFormat(options.format, source, false);
  // A text may begin with a bracket, as the times of conntrack do, so texts are asked first.
  const json = named === undefined ? startsJson(firstLines[0] ?? "") && !findText(firstLines) : named.kind === "json";
  if (!json)
    return takeText((named as TextFormat | undefined) ?? detectText(firstLines, source), firstLines, source, put);
  const { documents, isLines } = beginJson(firstLines);
  const format = named as JsonFormat | undefined;
  return isLines
    ? takeJsonLines(format ?? detectJson(documents, source), options.window, source, put)
    : takeDocument(format, options.window, source, put);
}

function takeText(format: TextFormat, firstLines: readonly string[], source: string, put: Put): LineTaker {
  const opened = format.open(firstLines[0] ?? "", source);
  let header = opened.headerLines;
  return {
    format: format.name,
    take: (line, number) => {
      if (!isFilled(line)) return;
      if (header > 0) header = 0;
      else put(opened.parse(line), number, line);
    },
    end: () => undefined,
  };
}

function takeJsonLines(format: JsonFormat, window: TimeWindow | undefined, source: string, put: Put): LineTaker {
  checkWindow(format, window, source);
  return {
    format: format.name,
    take: (line, number) => {
      if (!isFilled(line)) return;
      const document = parseLine(line);
      if (document === undefined)
        put({ reject: "is no JSON object or list; expected one document a line" }, number, line);
      else for (const parsed of format.parse(document, window)) put(parsed, number, line);
    },
    end: () => undefined,
  };
}

function checkWindow(format: JsonFormat, window: TimeWindow | undefined, source: string): void {
  if (format.needsWindow && window === undefined) {
    throw new InputError(source, [{ place: source, message: windowRemedy(format.name) }]);
  }
}

/** Of what a source's identity is made beside its content: its format and, where that alone tells no time, its window. */
function saltOf(format: string, window: TimeWindow | undefined, source: string): string {
  const found = namedFormat(format, source, false);
  const needsWindow = found?.kind === "json" && found.needsWindow === true;
  return needsWindow ? `${format} ${window?.from} ${window?.to}` : format;
}

/** One document over several lines; it is parsed when its last line was read. */
function takeDocument(
  named: JsonFormat | undefined,
  window: TimeWindow | undefined,
  source: string,
  put: Put,
): LineTaker {
  const lines: string[] = [];
  let length = 0;
  let chosen = named?.name ?? "";
  return {
    get format() {
      return chosen;
    },
    take: (line, number) => {
      while (lines.length < number - 1) lines.push("");
      lines.push(line);
      length += line.length;
      if (length <= longestDocument) return;
      const message = "is a JSON document longer than 256 MiB; split it, or export it as JSON Lines";
      throw new InputError(source, [{ place: source, message }]);
    },
    end: () => {
      const document = parseJson(lines.join("\n"), source);
      const format = named ?? detectJson([document], source);
      chosen = format.name;
      checkWindow(format, window, source);
      for (const parsed of format.parse(document, window)) put(parsed, 1, "");
    },
  };
}
