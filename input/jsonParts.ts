import { isUtf8 } from "node:buffer";
import { parseJson } from "./json.js";
import { InputError } from "./problems.js";

/** Takes one element of a list, or one member of an object, as it is met. */
export type TakePart = (value: unknown, key: number | string) => void;

/** Deepest nesting that is read: far above what any tool writes, far below what fills a stack. */
export const deepest = 256;

/** Largest document: what one JavaScript string can hold. */
const largest = 512 * 2 ** 20 - 32;

/**
 * Reads a large JSON document of another tool from its bytes. The parts of the named members of the top object, lists or
 * objects, are handed over one by one and let go, so that the memory needed is that of the bytes and of one part.
 * Values may be secret: no message shows one.
 * @param source what is read, for messages
 * @returns the document with each part that was handed over replaced by 0
 * @throws InputError for what is no JSON in UTF-8 (with or without byte order mark) or UTF-16 with one, is nested deeper
 * than `deepest`, or larger than 512 MiB
 */
export function readJsonParts(input: Buffer, source: string, take: Readonly<Record<string, TakePart>>): unknown {
  const bytes = asUtf8(input, source);
  const fault = (place: string, message: string) => new InputError(source, [{ place, message }]);
  try {
    const { skeleton, closed, twice } = split(bytes, new Map(Object.entries(take)));
    if (closed) {
      const rest: unknown = JSON.parse(skeleton);
      if (twice !== null) throw fault(twice, "is there twice; make the file again");
      return rest;
    }
  } catch (error) {
    if (error instanceof TooDeep) {
      const message = `is nested more than ${deepest} levels deep; no tool writes such a file: make it again`;
      throw fault(`line ${lineOf(bytes, error.at)}`, message);
    }
    if (!(error instanceof SyntaxError)) throw error;
  }
  // What is wrong is looked for in the whole document, so that its place can be named.
  parseJson(bytes.toString("utf8"), source, "hidden");
  throw fault("(top)", "is no JSON document; make it again");
}

class TooDeep extends Error {
  constructor(readonly at: number) {
    super("too deep");
  }
}

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const backslash = 0x5c;
/** 1 for the bytes that the walk looks at. */
const means = Uint8Array.from({ length: 256 }, (_, byte) => ('"{}[],:'.includes(String.fromCharCode(byte)) ? 1 : 0));
const opens = (byte: number) => byte === 0x7b || byte === 0x5b;
const closes = (byte: number) => byte === 0x7d || byte === 0x5d;

/** One walk over the bytes that looks at brackets, strings and commas only; what stands between is left to JSON.parse. */
function split(
  bytes: Buffer,
  take: ReadonlyMap<string, TakePart>,
): { skeleton: string; closed: boolean; twice: string | null } {
  const kept: string[] = [];
  const seen = new Set<string>();
  let twice: string | null = null;
  /** From here on the bytes are not in `kept` yet. */
  let from = 0;
  let depth = 0;
  /** The last string that was closed at depth 1 or 2: a member's name when a colon follows. */
  let last: readonly [number, number] = [0, 0];
  let member = "";
  let part: { readonly take: TakePart; readonly list: boolean; key: number | string; start: number } | null = null;

  const finish = (end: number) => {
    if (part === null || part.start < 0) return;
    const text = bytes.toString("utf8", part.start, end);
    if (text.trim() === "") return;
    kept.push(bytes.toString("utf8", from, part.start), "0");
    from = end;
    part.take(JSON.parse(text), part.key);
  };

  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (means[byte] === 0) continue;
    if (byte === quote) {
      const end = endOfString(bytes, at);
      if (end < 0) return { skeleton: "", closed: false, twice };
      if (depth <= 2) last = [at, end];
      at = end - 1;
    } else if (opens(byte)) {
      depth++;
      if (depth > deepest) throw new TooDeep(at);
      const taken = depth === 2 ? take.get(member) : undefined;
      const list = byte === 0x5b;
      if (taken && seen.has(member)) twice = member;
      if (taken) seen.add(member);
      if (taken) part = { take: taken, list, key: 0, start: list ? at + 1 : -1 };
    } else if (closes(byte)) {
      if (depth === 2) finish(at);
      if (depth === 2) part = null;
      depth--;
    } else if (byte === comma && depth === 2 && part) {
      finish(at);
      part.key = part.list ? (part.key as number) + 1 : part.key;
      part.start = part.list ? at + 1 : -1;
    } else if (byte === colon && depth === 1) {
      member = JSON.parse(bytes.toString("utf8", ...last)) as string;
    } else if (byte === colon && depth === 2 && part && !part.list) {
      part.key = JSON.parse(bytes.toString("utf8", ...last)) as string;
      part.start = at + 1;
    }
  }
  kept.push(bytes.toString("utf8", from));
  return { skeleton: kept.join(""), closed: depth === 0, twice };
}

/** Behind the closing quote of the string that opens at `open`, or -1. */
function endOfString(bytes: Buffer, open: number): number {
  for (let at = open + 1; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === quote) return at + 1;
    if (byte === backslash) at++;
  }
  return -1;
}

/** The bytes as UTF-8 without a byte order mark. Windows PowerShell writes UTF-16 when output is sent to a file. */
function asUtf8(input: Buffer, source: string): Buffer {
  if (input.length > largest) {
    throw new InputError(source, [{ place: "(top)", message: "is larger than 512 MiB; split the stack" }]);
  }
  const [first, second] = input;
  if (first === 0xff && second === 0xfe) return Buffer.from(input.toString("utf16le", 2), "utf8");
  if (first === 0xfe && second === 0xff) {
    const even = Buffer.from(input.subarray(2, input.length - (input.length % 2)));
    return Buffer.from(even.swap16().toString("utf16le"), "utf8");
  }
  const bytes = first === 0xef && second === 0xbb && input[2] === 0xbf ? input.subarray(3) : input;
  if (!isUtf8(bytes)) {
    const message = "is not UTF-8; make it again, or convert it";
    throw new InputError(source, [{ place: `line ${firstBrokenLine(bytes)}`, message }]);
  }
  return bytes;
}

function firstBrokenLine(bytes: Buffer): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, start);
    if (!isUtf8(bytes.subarray(start, end < 0 ? bytes.length : end))) return line;
    if (end < 0) break;
    start = end + 1;
  }
  return line;
}

function lineOf(bytes: Buffer, at: number): number {
  let line = 1;
  for (let next = bytes.indexOf(0x0a); next >= 0 && next < at; next = bytes.indexOf(0x0a, next + 1)) line++;
  return line;
}
