import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The bytes of a sample, by its path below `samples/`. */
export function sample(path: string): Buffer {
  return readFileSync(samplePath(path));
}

export function samplePath(path: string): string {
  return fileURLToPath(new URL(`samples/${path}`, import.meta.url));
}
