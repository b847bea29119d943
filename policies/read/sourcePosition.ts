import type { SourcePlace } from "../types.js";

/**
 * Reads where Pulumi's SDK says that a resource was made: `project:///index.ts#6,43`, with an absolute path after
 * `file:` in an ES module. A place in a library, or outside the project, is nobody's place to mend: undefined.
 */
export function readSourcePosition(position: string): SourcePlace | undefined {
  const match = /^(?:project:\/\/\/)?(?:file:(?:\/\/)?)?([^#]+)(?:#(\d+)(?:,\d+)?)?$/s.exec(position);
  if (!match?.[1]) return undefined;
  const file = decoded(match[1]);
  if (file === undefined || /(^|\/)(node_modules|\.\.)(\/|$)/.test(file)) return undefined;
  const line = Number(match[2] ?? 0);
  return { file, ...(line > 0 && Number.isSafeInteger(line) && { line }) };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
