import { createWriteStream, type WriteStream } from "node:fs";
import { finished } from "node:stream/promises";

/** A broken line: its number (from 1), why, and its text. */
export interface Reject {
  readonly line: number;
  readonly reason: string;
  readonly text: string;
}

/** The broken lines of one file, written to disk as they come. */
export interface Rejects {
  readonly path: string;
  readonly count: number;
  /** The first few, for a message. */
  readonly first: readonly Reject[];
  readonly add: (reject: Reject) => void;
  /** Puts them all on the disk; again is harmless. */
  readonly close: () => Promise<void>;
}

const firstKept = 5;
const longestText = 300;

/** Opens the rejects of one file; `path` comes to be with the first of them. */
export function openRejects(path: string): Rejects {
  const first: Reject[] = [];
  let count = 0;
  let stream: WriteStream | undefined;
  return {
    path,
    first,
    get count() {
      return count;
    },
    add: (reject) => {
      count++;
      if (first.length < firstKept) first.push(reject);
      stream ??= createWriteStream(path);
      const text = reject.text.length > longestText ? `${reject.text.slice(0, longestText)}...` : reject.text;
      stream.write(`${JSON.stringify({ ...reject, text })}\n`);
    },
    close: async () => {
      if (stream === undefined || stream.closed) return;
      stream.end();
      await finished(stream);
    },
  };
}
