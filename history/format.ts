import type { RecordSql } from "./recordSql.js";
import type { Span } from "./span.js";
import type { Flow } from "./traffic.js";

/**
 * A flow as one line gives it. Where the line alone cannot tell who opened the connection, `undecided` is set, the
 * line's source stands as client with one connection, and the whole file's ports settle it (see `opener.ts`).
 * Its source is the format that it was read by.
 */
export interface ParsedFlow extends Omit<Flow, "source"> {
  /** The client's own port, where known. */
  readonly clientPort: number | null;
  readonly undecided: boolean;
}

/**
 * What became of one record: a flow, a span (flows are made of a file's spans when it is read whole), nothing for a good
 * reason, or a broken record. Reasons name field and value.
 */
export type Parsed =
  | { readonly flow: ParsedFlow }
  | { readonly span: Span }
  | { readonly skip: string }
  | { readonly reject: string };

/** An opened text: how to read its lines, and how many lines at its top are header. */
export interface OpenedText {
  readonly headerLines: 0 | 1;
  readonly parse: (line: string) => Parsed;
  /** The same by SQL, where the fields of a line are parted by one space. */
  readonly sql?: RecordSql;
}

/** A format of text, one record a line. */
export interface TextFormat {
  readonly kind: "text";
  readonly name: string;
  /** Whether a file is of this format, by its first non-empty lines. */
  readonly detect: (firstLines: readonly string[]) => boolean;
  /**
   * Reads the header, where the format has one, and returns the parser of the lines.
   * @throws InputError where the header does not fit, naming the field
   */
  readonly open: (firstLine: string, source: string) => OpenedText;
}

/** Unix seconds, whole: from inclusive, to exclusive and later. */
export interface TimeWindow {
  readonly from: number;
  readonly to: number;
}

/** A format of JSON: a file is one document, or one document a line (JSON Lines). */
export interface JsonFormat {
  readonly kind: "json";
  readonly name: string;
  /** Whether a file is of this format, by one of its documents. */
  readonly detect: (document: unknown) => boolean;
  /** Its documents tell no time: it stands in the request that they answer. */
  readonly needsWindow?: true;
  /**
   * The records of one document. Never throws: what does not fit is a reject that names its place in the document.
   * @param window the time that the document is of, where the user said it
   */
  readonly parse: (document: unknown, window?: TimeWindow) => Iterable<Parsed>;
}

/** An opened table: which of its columns are read, in this order, and how to read a row's values with a space between. */
export interface OpenedTable {
  readonly columns: readonly string[];
  readonly parse: (line: string) => Parsed;
  readonly sql: RecordSql;
}

/** A format of tables (Parquet), one record a row. */
export interface TableFormat {
  readonly kind: "table";
  readonly name: string;
  /** Whether a file is of this format, by the names of its columns. */
  readonly detect: (columns: readonly string[]) => boolean;
  /** @throws InputError where the columns do not fit, naming them */
  readonly open: (columns: readonly string[], source: string) => OpenedTable;
}

/** One traffic format that `ingest` reads. Those of one name read one thing in two forms. To add one, write a file beside the others and a line in `formats/index.ts`. */
export type Format = TextFormat | JsonFormat | TableFormat;
