import { isAscii } from "node:buffer";
import { createHash } from "node:crypto";
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../input/problems.js";
import type { OpenedText } from "./format.js";
import { detectText, namedFormat } from "./formats/index.js";
import { contentId, isFilled, linesToDetect, openBytes, openLines, startsJson } from "./lines.js";
import { quoted } from "./parquet.js";
import type { RecordSql } from "./recordSql.js";
import type { FlowStage } from "./stage.js";
import type { ReadBySql } from "./stageReading.js";
import type { Tally } from "./tally.js";

/** Bytes that make a line something else than fields with a space between: NUL, the separator below, other white space. */
const oddBytes = [0, 1, 9, 11, 12, 13];

/** Bytes in which the first lines have to be. */
const longestHead = 1_048_576;

/** Lines that SQL may leave to JavaScript, each once: of more of them the file is no clean log. */
const leftLimit = 100_000;

/** What the first lines of a text tell. */
interface BulkBeginning {
  readonly format: string;
  readonly opened: OpenedText;
  readonly sql: RecordSql;
  readonly firstLine: string;
  /** Why a line that is like the header is skipped, where there is one. */
  readonly headerSkip: string | undefined;
}

/** A text whose lines SQL can read. */
interface BulkText extends BulkBeginning {
  /** The file itself, or its unpacked copy. */
  readonly path: string;
  readonly id: string;
  readonly namesNeeded: boolean;
}

/**
 * Reads a text by SQL, which is many times faster than line by line, where its format can be read so and it holds nothing
 * odd. Lines that the SQL does not take are read by the format's own parser, with number and text.
 * @returns undefined where it was not read so; nothing is put anywhere then
 * @throws InputError where the file cannot be read, or changes meanwhile
 */
export async function readBulk(
  source: string,
  format: string,
  magic: "gzip" | "plain",
  stage: FlowStage,
  tally: Tally,
): Promise<{ readonly format: string; readonly id: string } | undefined> {
  const before = await stateOf(source);
  const text = await inspect(source, format, magic === "gzip" ? join(stage.folder, "unpacked.log") : source);
  if (text === undefined) return undefined;
  const read = await stage.read(recordsOf(text), text.sql, text.namesNeeded).catch(() => undefined);
  if (read === undefined) return undefined;
  const left = read.left === 0 ? [] : await stage.leftTexts(leftLimit);
  if (left.length === leftLimit || (await stateOf(source)) !== before) {
    await stage.undoRead();
    return undefined;
  }
  tally.count(text.headerSkip === undefined ? read : withoutOne(read, text.headerSkip));
  await putLeft(text, new Set(left), tally);
  if ((await stateOf(source)) !== before) {
    const message = "changed while it was read; run again when nothing writes to it";
    throw new InputError(source, [{ place: source, message }]);
  }
  return { format: text.format, id: text.id };
}

/** Tells one state of a file from the next. */
async function stateOf(source: string): Promise<string> {
  const { ino, size, mtimeNs } = await stat(source, { bigint: true });
  return `${ino} ${size} ${mtimeNs}`;
}

/** Reads the whole file once: what it is, whether SQL can read it, and its id. Unpacks it to `path`, where that is not it. */
async function inspect(source: string, format: string, path: string): Promise<BulkText | undefined> {
  const copy = path === source ? undefined : await open(path, "w");
  const hash = createHash("sha256");
  let beginning: BulkBeginning | undefined;
  let head: Buffer | undefined = Buffer.alloc(0);
  let namesNeeded = false;
  try {
    for await (const chunk of openBytes(source)) {
      hash.update(chunk);
      if (!isAscii(chunk) || oddBytes.some((byte) => chunk.includes(byte))) return undefined;
      namesNeeded ||= chunk.includes(":");
      await copy?.write(chunk);
      if (head === undefined) continue;
      head = Buffer.concat([head, chunk]);
      const lines = head.toString("latin1").split("\n").slice(0, -1).filter(isFilled);
      if (lines.length < linesToDetect && head.length < longestHead) continue;
      beginning = begin(lines, format, source);
      if (beginning === undefined) return undefined;
      head = undefined;
    }
  } finally {
    await copy?.close();
  }
  beginning ??= begin(head?.toString("latin1").split("\n").filter(isFilled) ?? [], format, source);
  return beginning && { ...beginning, path, namesNeeded, id: contentId(hash, beginning.format) };
}

/** Chooses the format by the first lines, as it is done line by line; what is wrong with them is said there. */
function begin(filled: readonly string[], format: string, source: string): BulkBeginning | undefined {
  const lines = filled.slice(0, linesToDetect);
  const firstLine = lines[0];
  if (firstLine === undefined || startsJson(firstLine)) return undefined;
  try {
    const chosen = namedFormat(format, source, false) ?? detectText(lines, source);
    if (chosen.kind !== "text") return undefined;
    const opened = chosen.open(firstLine, source);
    const header = opened.headerLines > 0 ? opened.parse(firstLine) : undefined;
    const headerSkip = header && "skip" in header ? header.skip : undefined;
    return opened.sql && { format: chosen.name, opened, sql: opened.sql, firstLine, headerSkip };
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** The lines as DuckDB reads them, one value each, parted by a byte that the file does not hold. */
function recordsOf({ path, firstLine, headerSkip }: BulkText): string {
  const known =
    headerSkip === undefined ? "NULL" : `CASE WHEN line = ${quoted(firstLine)} THEN ${quoted(headerSkip)} END`;
  return `
    SELECT CASE WHEN NOT (contains(line, '  ') OR starts_with(line, ' ') OR ends_with(line, ' ')) THEN string_split(line, ' ') END AS f,
      ${known} AS known_skip, line, NULL::UBIGINT AS number
    FROM read_csv(${quoted(path)}, columns = {'line': 'VARCHAR'}, auto_detect = false, header = false, delim = '\x01',
      quote = '', escape = '', comment = '', new_line = '\\n', max_line_size = ${longestHead})
    WHERE line IS NOT NULL`;
}

/** The header itself is no record, only its repetitions are. */
function withoutOne(read: ReadBySql, reason: string): ReadBySql {
  const { [reason]: count = 1, ...others } = read.skipped;
  return { ...read, skipped: count > 1 ? { ...others, [reason]: count - 1 } : others };
}

/** Goes through the lines once more, for the numbers of those that are left. */
async function putLeft({ path, opened }: BulkText, left: ReadonlySet<string>, tally: Tally): Promise<void> {
  if (left.size === 0) return;
  let number = 0;
  for await (const batch of openLines(path).batches) {
    for (const line of batch) {
      number++;
      if (left.has(line) && isFilled(line)) tally.put(opened.parse(line), number, line);
    }
  }
}
