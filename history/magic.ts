import { closeSync, openSync, readSync, statSync } from "node:fs";

/**
 * What a file is by its first bytes; a pipe can be read only once and is left alone, as is a file that cannot be read.
 * https://parquet.apache.org/docs/file-format/, RFC 1952
 */
export function magicOf(source: string): "parquet" | "gzip" | "plain" | "unknown" {
  try {
    if (!statSync(source).isFile()) return "unknown";
    const file = openSync(source, "r");
    const head = Buffer.alloc(4);
    const length = readSync(file, head, 0, 4, 0);
    closeSync(file);
    if (length === 4 && head.toString("latin1") === "PAR1") return "parquet";
    return length >= 2 && head[0] === 0x1f && head[1] === 0x8b ? "gzip" : "plain";
  } catch {
    return "unknown";
  }
}
