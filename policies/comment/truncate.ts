import { prose } from "../report/markdown.js";
import { type Block, isProse, type MarkedLine, markLines, splitBlocks, titleOf } from "./blocks.js";

/** Bytes that are kept free for saying what is left out. */
const reserve = 400;
/** Blocks of prose at the start of a body that are its summary: header, headings, the line of figures, a stop. */
const mostSummaryBlocks = 6;

/**
 * Shortens a body to `limit` bytes of UTF-8, at least 1,000. The summary stays; each longer block below it is cut to an
 * equal share, after a row of a table or a line of a fence, or left out, with all that is open closed; and the text says what
 * is missing. A body that fits is given back as it is.
 */
export function truncate(body: string, limit: number): string {
  if (bytes(body) <= limit) return body;
  const blocks = splitBlocks(markLines(body));
  const first = blocks.findIndex((block, i) => !isProse(block) || i >= mostSummaryBlocks);
  const summary = (first < 0 ? blocks : blocks.slice(0, first)).map(textOf).join("\n\n");
  const rest = first < 0 ? [] : blocks.slice(first);
  const room = limit - reserve - bytes(summary);
  // Not one block of a body that is all prose, or of one whose summary alone is too long.
  if (room < 0) return `${cutText(summary, limit - reserve)}\n\n${noteOf(countLines(summary), [], limit)}\n`;
  const cap = shareOf(
    room,
    rest.map((block) => bytes(textOf(block)) + 2),
  );
  const kept: string[] = [summary];
  const titles: string[] = [];
  let missing = 0;
  for (const block of rest) {
    const whole = textOf(block);
    const part = bytes(whole) + 2 <= cap ? { text: whole, missing: 0 } : shorten(block, cap - 2);
    if (part.text !== "") kept.push(part.text);
    if (part.missing > 0) titles.push(titleOf(block) ?? "a table");
    missing += part.missing;
  }
  return `${kept.join("\n\n")}\n\n${noteOf(missing, titles, limit)}\n`;
}

/** The most that each may have so that all fit: what small ones do not need goes to the others. */
function shareOf(room: number, sizes: readonly number[]): number {
  let left = room;
  const sorted = [...sizes].sort((a, b) => a - b);
  for (const [i, size] of sorted.entries()) {
    const share = Math.floor(left / (sorted.length - i));
    if (size > share) return share;
    left -= size;
  }
  return Number.POSITIVE_INFINITY;
}

/** A block cut at its last boundary that fits, with what is open closed and a line that says how much is missing. */
function shorten(block: Block, most: number): { readonly text: string; readonly missing: number } {
  let missing = countLines(textOf(block));
  let best = { text: "", missing };
  let size = 0;
  let end = -1;
  for (const [i, line] of block.entries()) {
    size += bytes(line.text) + 1;
    if (size > most) break;
    missing -= countLines(line.text);
    if (line.isBoundary && size + bytes(closingOf(line, missing)) <= most) {
      end = i;
      best = { text: "", missing };
    }
  }
  const last = block[end];
  if (last !== undefined) best = { ...best, text: textOf(block.slice(0, end + 1)) + closingOf(last, best.missing) };
  return best;
}

/** What closes all that is open after a line, with the count of what is missing where it stands in a folded section. */
function closingOf({ fence, depth }: MarkedLine, missing: number): string {
  const said = `*${missing} more ${missing === 1 ? "line is" : "lines are"} left out.*`;
  const details = depth === 0 ? "" : `\n\n${said}${"\n\n</details>".repeat(depth)}`;
  return (fence === null ? "" : `\n${fence}`) + details;
}

function noteOf(missing: number, titles: readonly string[], limit: number): string {
  const named = [...new Set(titles)].slice(0, 5).map((title) => prose(title.slice(0, 40)));
  const where = named.length === 0 ? "" : `, of: ${named.join(", ")}`;
  const what = `${missing.toLocaleString("en")} ${missing === 1 ? "line is" : "lines are"} left out`;
  const full = `*Shortened to ${limit.toLocaleString("en")} bytes: ${what}${where}. The whole text is in the run's file.*`;
  return bytes(full) <= reserve - 10 ? full : `*Shortened: ${what}. The whole text is in the run's file.*`;
}

/** Text cut between characters, at a blank where one is near. */
function cutText(text: string, most: number): string {
  let size = 0;
  let end = 0;
  for (const character of text) {
    size += bytes(character);
    if (size > most) break;
    end += character.length;
  }
  const blank = text.lastIndexOf(" ", end);
  return text.slice(0, blank > end - 200 ? blank : end).trimEnd();
}

function textOf(block: Block): string {
  return block
    .map((line) => line.text)
    .join("\n")
    .trimEnd();
}

function countLines(text: string): number {
  return text.split("\n").filter((line) => line.trim() !== "").length;
}

function bytes(text: string): number {
  return Buffer.byteLength(text);
}
