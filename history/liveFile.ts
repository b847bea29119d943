import { z } from "zod";

export const count = z.int("expected a whole number").nonnegative("expected a number that is not negative");

const parquetPath = /^day=\d{4}-\d\d-\d\d\/[\w-]+\.parquet$/;

/** What a marker or checkpoint says of one Parquet file. */
export const fileFields = {
  path: z.string("expected a path").regex(parquetPath, "expected day=DATE/NAME.parquet"),
  rows: count,
  bytes: count,
  /** Unix seconds: the earliest start, and the latest end. */
  from: count,
  to: count,
};

/** `raw`: the rows as they were ingested. `summary`: the same traffic, one row an interval. */
export const fileKind = z.enum(["raw", "summary"], "expected raw or summary");
export type FileKind = z.output<typeof fileKind>;

/** A Parquet file that counts: traffic that starts on one day (UTC). */
export interface LiveFile {
  readonly path: string;
  readonly kind: FileKind;
  readonly rows: number;
  readonly bytes: number;
  readonly from: number;
  readonly to: number;
  /**
   * There is no file of the other kind for this traffic, so that this one stands for it too: a summary whose raw rows
   * are past retention, or rows of a version that wrote no summaries.
   */
  readonly alone?: boolean | undefined;
}

/** The day (UTC, YYYY-MM-DD) that a file's rows start on. */
export const dayOf = (file: { readonly path: string }): string =>
  file.path.slice("day=".length, "day=YYYY-MM-DD".length);

/** The files among `files` that hold all traffic once, in rows of one kind where there are such. */
export const filesOfKind = (files: readonly LiveFile[], kind: FileKind): LiveFile[] =>
  files.filter((f) => f.kind === kind || f.alone === true);
