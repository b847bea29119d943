import { visible } from "./markdown.js";

/** Longest label that a graph shows whole, in UTF-16 units. */
const longest = 80;

/**
 * A failure path, cause first, as the lines of a [Mermaid](https://mermaid.js.org) flowchart from left to right. Ids of
 * instances only ever stand in labels, with every sign that could mean something as a number.
 */
export function pathGraph(path: readonly string[]): string[] {
  const nodes = path.map((id, i) => `  n${i}["${label(id)}"]`);
  const edges = path.slice(1).map((_, i) => `  n${i} --> n${i + 1}`);
  return ["graph LR", ...nodes, ...edges];
}

function label(id: string): string {
  const shown = visible(id);
  const cut = shown.length > longest ? `${[...shown].slice(0, longest - 1).join("")}…` : shown;
  // Mermaid's own form of a numeric reference: no ampersand.
  return cut.replace(/[^\p{L}\p{N} ._…-]/gu, (sign) => `#${sign.codePointAt(0)};`);
}
