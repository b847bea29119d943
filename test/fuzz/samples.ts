import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const folder = fileURLToPath(new URL("../history/samples/", import.meta.url));

/** A file of `test/history/samples/<format>/`. */
export interface Sample {
  readonly path: string;
  /** Uncompressed. */
  readonly bytes: Buffer;
}

/** The samples of a format, sorted by name; none where it has no folder. */
export function samplesOf(format: string): Sample[] {
  if (!existsSync(`${folder}${format}`)) return [];
  return readdirSync(`${folder}${format}`)
    .sort()
    .map((name) => {
      const path = `${folder}${format}/${name}`;
      const bytes = readFileSync(path);
      return { path, bytes: bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes };
    });
}
