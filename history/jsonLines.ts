import { startsJson } from "./lines.js";

/** The object or list that a line holds; undefined where it holds none. */
export function parseLine(line: string): unknown {
  if (!startsJson(line)) return undefined;
  try {
    return JSON.parse(line.startsWith("\uFEFF") ? line.slice(1) : line);
  } catch {
    return undefined;
  }
}

/**
 * Reads the first filled lines of a JSON text: their documents, and whether it is one document a line. The first line
 * may be damaged, and a document over several lines may have one that is a document by itself.
 */
export function beginJson(firstLines: readonly string[]): { readonly documents: unknown[]; readonly isLines: boolean } {
  const parsed = firstLines.map(parseLine);
  const documents = parsed.filter((document) => document !== undefined);
  return { documents, isLines: parsed[0] !== undefined || 2 * documents.length >= firstLines.length };
}
