import type { Flow } from "./traffic.js";

/**
 * A flow as one line gives it. Where the line alone cannot tell who opened the connection, `undecided` is set, the
 * line's source stands as client with one connection, and the whole file's ports settle it (see `opener.ts`).
 */
export interface ParsedFlow extends Flow {
  /** The client's own port, where known. */
  readonly clientPort: number | null;
  readonly undecided: boolean;
}

/** What became of one data line: a flow, a line that rightly holds none, or a broken line. Reasons name field and value. */
export type ParsedLine = { readonly flow: ParsedFlow } | { readonly skip: string } | { readonly reject: string };

/** An opened file: how to read its lines, and how many lines at its top are header. */
export interface OpenedFormat {
  readonly headerLines: 0 | 1;
  readonly parse: (line: string) => ParsedLine;
}

/** One traffic format that `ingest` reads. To add one, write a file beside the others and a line in `formats/index.ts`. */
export interface Format {
  readonly name: string;
  /** Whether a file is of this format, by its first non-empty lines. */
  readonly detect: (firstLines: readonly string[]) => boolean;
  /**
   * Reads the header, where the format has one, and returns the parser of the lines.
   * @throws InputError where the header does not fit, naming the field
   */
  readonly open: (firstLine: string, source: string) => OpenedFormat;
}
