import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { InputError } from "../input/problems.js";

/** A longer line is no text log; it would otherwise be gathered in memory without end. JSON comes in longer ones. */
const longestLine = { text: 1_048_576, json: 268_435_456 };

/** Lines that are gathered before a format is chosen, and that `auto` looks at. */
export const linesToDetect = 10;

/** The lines of one source, as they come, and what was read of it. */
export interface LineSource {
  /** Batches of lines without their line ends, blank lines included. Memory is bounded by one chunk and one line. */
  readonly batches: AsyncIterable<string[]>;
  /** sha256 of `salt` and the uncompressed bytes, in hex; to be asked after the last batch. */
  readonly digest: (salt: string) => string;
}

/**
 * Opens a file, or `stdin` where given, that is plain or gzip by its first bytes.
 * @throws InputError from `batches`: cannot be read, a damaged or truncated gzip stream, a line without end
 */
export function openLines(source: string, stdin?: Readable): LineSource {
  const hash = createHash("sha256");
  return {
    batches: splitLines(source, openBytes(source, stdin), hash),
    digest: (salt) => contentId(hash, salt),
  };
}

/** The sha256 of what `hash` was given and of `salt`, in hex; `hash` can be given more. */
export const contentId = (hash: Hash, salt: string): string => hash.copy().update(`\n${salt}`).digest("hex");

/**
 * The uncompressed bytes of a file, or of `stdin` where given, that is plain or gzip by its first bytes.
 * @throws InputError as they come: cannot be read, a damaged or truncated gzip stream
 */
export function openBytes(source: string, stdin?: Readable): AsyncGenerator<Buffer, void, undefined> {
  return uncompressed(source, stdin ?? createReadStream(source, { highWaterMark: 262_144 }));
}

async function* splitLines(
  source: string,
  bytes: AsyncIterable<Buffer>,
  hash: Hash,
): AsyncGenerator<string[], void, undefined> {
  const decoder = new TextDecoder();
  let unfinished: string[] = [];
  let length = 0;
  let seen = 0;
  for await (const chunk of bytes) {
    hash.update(chunk);
    const lines = decoder.decode(chunk, { stream: true }).split("\n");
    const last = lines.pop() ?? "";
    if (lines.length > 0) {
      lines[0] = unfinished.join("") + lines[0];
      seen += lines.length;
      yield lines.map(withoutReturn);
      unfinished = [];
      length = 0;
    }
    if (last !== "") unfinished.push(last);
    length += last.length;
    if (length > longestLine.text) refuseLong(source, seen + 1, unfinished[0] ?? "", length);
  }
  const rest = unfinished.join("") + decoder.decode();
  if (rest !== "") yield [withoutReturn(rest)];
}

function refuseLong(source: string, line: number, beginning: string, length: number): void {
  const json = startsJson(beginning);
  if (json && length <= longestLine.json) return;
  const message = json
    ? "is a JSON document longer than 256 MiB; split it, or export it as JSON Lines"
    : "is longer than a MiB; expected a text log of lines";
  throw new InputError(source, [{ place: `${source}:${line}`, message }]);
}

/** Whether a text begins as a JSON object or list does. */
export const startsJson = (text: string): boolean => /^\uFEFF?\s*[{[]/.test(text);

/** Whether a line holds anything but white space. */
export const isFilled = (line: string): boolean => line.trim() !== "";

const withoutReturn = (line: string) => (line.endsWith("\r") ? line.slice(0, -1) : line);

async function* uncompressed(source: string, raw: Readable): AsyncGenerator<Buffer, void, undefined> {
  try {
    const chunks = chunksOf(raw);
    let head = Buffer.alloc(0);
    while (head.length < 2) {
      const next = await chunks.next();
      if (next.done) break;
      head = Buffer.concat([head, next.value]);
    }
    if (head[0] === 0x1f && head[1] === 0x8b) {
      const gunzip = createGunzip({ chunkSize: 262_144 });
      pipeline(Readable.from(following(head, chunks)), gunzip, () => undefined);
      yield* gunzip;
    } else {
      yield* following(head, chunks);
    }
  } catch (error) {
    throw readProblem(source, error as NodeJS.ErrnoException);
  } finally {
    raw.destroy();
  }
}

async function* chunksOf(raw: Readable): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of raw) yield Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk as string);
}

async function* following(head: Buffer, chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  if (head.length > 0) yield head;
  yield* chunks;
}

function readProblem(source: string, error: NodeJS.ErrnoException): Error {
  const zlib: Record<string, string> = {
    Z_BUF_ERROR: "the gzip stream ends too early; copy the file again, whole",
    Z_DATA_ERROR: "the gzip stream is damaged; copy the file again",
  };
  const message =
    zlib[error.code ?? ""] ?? (error.syscall ? `cannot be read (${error.code}); check the path` : undefined);
  return message === undefined ? error : new InputError(source, [{ place: source, message }]);
}
