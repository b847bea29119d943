import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { InputError } from "../../input/problems.js";
import { writeWhole } from "../wholeFile.js";
import { type AuditEntry, type AuditRecord, chainStart, readLine, sealRecord, sha256, writeLine } from "./entry.js";
import { withLock } from "./lock.js";

export type { AuditEntry, AuditRecord } from "./entry.js";

/** What `verifyAudit` found. The log is sound when `problems` is empty. */
export interface AuditReport {
  readonly records: number;
  readonly problems: readonly AuditFinding[];
  /** What crashes left half written: expected after a `kill -9`, and covered by the chain once appended to. */
  readonly torn: readonly AuditFinding[];
}

export interface AuditFinding {
  /** Line of the file, from 1. */
  readonly line: number;
  readonly message: string;
}

/** Where the log ended when it was last appended to: without it, lines cut off the end would go unseen. */
interface Head {
  readonly seq: number;
  readonly hash: string;
}

const start: Head = { seq: 0, hash: chainStart };
const lineEnd = 10;

/**
 * Appends one entry to the log at `path` and returns once it is on the disk. Several processes may append at once.
 * What a crash left half written stays where it is and is named in the new record.
 * @param at ISO 8601; the time of writing by default.
 * @throws InputError when the end of the log is not what was last written there: it was changed or cut.
 */
export async function appendAudit(path: string, entry: AuditEntry, at?: string): Promise<AuditRecord> {
  mkdirSync(dirname(path), { recursive: true });
  return withLock(`${path}.lock`, async () => {
    if (!existsSync(path) && !existsSync(headPath(path))) await writeHead(path, start);
    const file = openSync(path, "a+", 0o600);
    try {
      const { last, torn } = readEnd(file, path);
      const record = sealRecord({
        ...entry,
        seq: last.seq + 1,
        at: at ?? new Date().toISOString(),
        prev: last.hash,
        ...(torn.length > 0 ? { torn: { bytes: torn.length, sha256: sha256(torn) } } : {}),
      });
      writeFileSync(file, (torn.length > 0 && torn.at(-1) !== lineEnd ? "\n" : "") + writeLine(record));
      fsyncSync(file);
      await writeHead(path, record);
      return record;
    } finally {
      closeSync(file);
    }
  });
}

/**
 * Every whole record, oldest first. Does not judge the chain: see `verifyAudit`.
 * @throws InputError when there is no log at `path`.
 */
export function readAudit(path: string): AuditRecord[] {
  return linesOf(readLog(path).bytes).flatMap(({ record }) => (typeof record === "string" ? [] : [record]));
}

/**
 * Walks the whole chain and finds every line that was changed, added, moved or removed, the last ones included.
 * Guards against accidents and against whoever can write the log alone; whoever rewrites the log and its head
 * together is caught only by a copy kept elsewhere.
 * @throws InputError when there is no log at `path`.
 */
export function verifyAudit(path: string): AuditReport {
  const { bytes, head } = readLog(path);
  const problems: AuditFinding[] = [];
  const torn: AuditFinding[] = [];
  let last = start;
  let headSeen = head !== null && head.seq === 0 && head.hash === chainStart;
  let records = 0;
  let loose: Line[] = [];
  for (const line of linesOf(bytes)) {
    const { record, number } = line;
    if (typeof record === "string") {
      loose.push(line);
      continue;
    }
    if (record.torn && !isTorn(loose, record.torn)) {
      problems.push({ line: number, message: "names a half-written line ahead of it that is gone or was changed" });
    } else if (record.torn && loose[0]) {
      torn.push({ line: loose[0].number, message: `a crash left ${record.torn.bytes} bytes half written` });
    } else problems.push(...loose.map((l) => ({ line: l.number, message: String(l.record) })));
    loose = [];
    if (record.seq !== last.seq + 1) {
      const message = `is record ${record.seq} where ${last.seq + 1} was expected: lines were removed, added or moved`;
      problems.push({ line: number, message });
    } else if (record.prev !== last.hash)
      problems.push({ line: number, message: "does not follow the line before it" });
    last = record;
    if (head?.seq === record.seq && head.hash === record.hash) headSeen = true;
    records += 1;
  }
  torn.push(...loose.map((l) => ({ line: l.number, message: `half written at the end of the log (${l.record})` })));
  if (!headSeen || (head && last.seq > head.seq + 1))
    problems.push({ line: records, message: headProblem(path, head, last) });
  return { records, problems, torn };
}

function headProblem(path: string, head: Head | null, last: Head): string {
  if (!head) return `${headPath(path)} is missing or unreadable, so lines cut off the end cannot be ruled out`;
  return `the log ends at record ${last.seq}, but record ${head.seq} was the last one written: the end was cut or changed`;
}

/** The last record, and the bytes that a crash left behind it. */
function readEnd(file: number, path: string): { last: Head; torn: Buffer } {
  const head = readHead(path);
  let from = fstatSync(file).size;
  let end: Buffer = Buffer.alloc(0);
  let found: { last: Head; torn: Buffer } | undefined;
  while (!found && from > 0) {
    const chunk = Buffer.alloc(Math.min(from, 16_384));
    from -= chunk.length;
    readSync(file, chunk, 0, chunk.length, from);
    end = Buffer.concat([chunk, end]);
    const lines = linesOf(end);
    const at = lines.findLastIndex(({ record }) => typeof record !== "string");
    const record = lines[at]?.record;
    if (record && typeof record !== "string") {
      found = { last: record, torn: Buffer.concat(lines.slice(at + 1).map((line) => line.bytes)) };
    }
  }
  const { last, torn } = found ?? { last: start, torn: end };
  if (head && (head.seq === last.seq ? head.hash === last.hash : head.seq + 1 === last.seq)) return { last, torn };
  const remedy = `run \`firebreak audit verify\`, then move the log and ${headPath(path)} together to a safe place to begin a new one`;
  throw new InputError(path, [{ place: "last line", message: `${headProblem(path, head, last)}; ${remedy}` }]);
}

interface Line {
  readonly number: number;
  /** Its line end included, where it has one. */
  readonly bytes: Buffer;
  /** The record, or what is wrong with it. */
  readonly record: AuditRecord | string;
}

function linesOf(bytes: Buffer): Line[] {
  const lines: Line[] = [];
  for (let from = 0; from < bytes.length; ) {
    const close = bytes.indexOf(lineEnd, from);
    const to = close < 0 ? bytes.length : close + 1;
    const line = bytes.subarray(from, to);
    const record = close < 0 ? "has no line end" : readLine(line.subarray(0, -1).toString("utf8"));
    lines.push({ number: lines.length + 1, bytes: line, record });
    from = to;
  }
  return lines;
}

function isTorn(loose: readonly Line[], torn: { readonly bytes: number; readonly sha256: string }): boolean {
  const bytes = Buffer.concat(loose.map((line) => line.bytes));
  return [bytes, bytes.subarray(0, -1)].some((found) => found.length === torn.bytes && sha256(found) === torn.sha256);
}

/** The log and the head that belongs to it, read again when another process appended in between. */
function readLog(path: string): { bytes: Buffer; head: Head | null } {
  if (!existsSync(path) && !existsSync(headPath(path))) {
    throw new InputError(path, [{ place: path, message: "no such audit log; check `stores.audit` in firebreak.yaml" }]);
  }
  for (;;) {
    const head = readHead(path);
    const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    if (readHead(path)?.hash === head?.hash) return { bytes, head };
  }
}

function readHead(path: string): Head | null {
  if (!existsSync(headPath(path))) return null;
  const match = /^\{"seq":(0|[1-9]\d*),"hash":"([0-9a-f]{64})"\}\n$/.exec(readFileSync(headPath(path), "utf8"));
  return match?.[1] && match[2] ? { seq: Number(match[1]), hash: match[2] } : null;
}

async function writeHead(path: string, { seq, hash }: Head): Promise<void> {
  await writeWhole(headPath(path), `${JSON.stringify({ seq, hash })}\n`);
}

function headPath(path: string): string {
  return `${path}.head`;
}
