import type { Database } from "../parquet.js";

/** One stored object; paths are relative to the history, with `/` between the parts. */
export interface StoredObject {
  readonly path: string;
  readonly bytes: number;
  /** Milliseconds since 1970, by the storage's own clock. */
  readonly modified: number;
}

/**
 * Where a history lies. What is stored is never changed in place: objects come whole, and go. After a call has returned,
 * what it did outlives a crash and is seen by everyone.
 */
export interface Storage {
  /** As people write it: a folder, or `s3://bucket/prefix`. */
  readonly name: string;
  /** Folder on this machine for files under way; `put` takes a file from it without copying where that can be. */
  readonly scratch: string;
  /** The text of an object, or undefined where there is none. */
  readonly read: (path: string) => Promise<string | undefined>;
  /** Bytes of an object, or undefined where there is none. */
  readonly size: (path: string) => Promise<number | undefined>;
  /** Every object below a folder (`""` for all), sorted by path. What is under way is left out. */
  readonly list: (folder: string) => Promise<readonly StoredObject[]>;
  /** Stores a text where nothing, or the very same, is stored yet. False: another was first, and stays. */
  readonly putIfAbsent: (path: string, text: string) => Promise<boolean>;
  /** Stores a file of this machine, which is gone from its place after. */
  readonly put: (path: string, file: string) => Promise<void>;
  /** Removes an object; one that is not there is none to remove. */
  readonly remove: (path: string) => Promise<void>;
  /** What DuckDB reads an object by. */
  readonly uri: (path: string) => string;
  /** Readies a database to read `uri`. */
  readonly attach: (database: Database) => Promise<void>;
}
