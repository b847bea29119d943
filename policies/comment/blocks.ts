/** One line of Markdown with what is open after it. */
export interface MarkedLine {
  readonly text: string;
  /** The fence that is open after this line, as it must be closed; null outside of one. */
  readonly fence: string | null;
  /** How many `<details>` are open after this line. */
  readonly depth: number;
  /** Whether the text may end here: what is open closed, nothing is torn and something was said since it was opened. */
  readonly isBoundary: boolean;
}

/** A top-level piece of Markdown: a folded section, a table, a fence or a paragraph, with the headings right above it. */
export type Block = readonly MarkedLine[];

/** Reads lines as far as it takes to see what is open after each: fences, `<details>`, tables, HTML comments. */
export function markLines(text: string): MarkedLine[] {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const marked: MarkedLine[] = [];
  let fence: { readonly close: string; readonly whole: boolean } | null = null;
  let depth = 0;
  let inComment = false;
  let tableRows = 0;
  let said = false;
  for (const [i, line] of lines.entries()) {
    const opened: RegExpExecArray | null = /^ {0,3}(`{3,}|~{3,})([^`]*)$/.exec(line);
    let isBoundary = false;
    if (fence !== null) {
      const closes = new RegExp(`^ {0,3}${fence.close}${fence.close.charAt(0)}*\\s*$`).test(line);
      said = true;
      isBoundary = closes || !fence.whole;
      if (closes) fence = null;
    } else if (opened !== null && !inComment) {
      fence = { close: opened[1] ?? "```", whole: /^\s*mermaid\b/.test(opened[2] ?? "") };
      tableRows = 0;
    } else {
      const change = count(line, /<details\b/gi) - count(line, /<\/details>/gi);
      if (change > 0) said = false;
      depth = Math.max(0, depth + change);
      inComment = line.lastIndexOf("<!--") > line.lastIndexOf("-->") || (inComment && !line.includes("-->"));
      tableRows = line.startsWith("|") ? tableRows + 1 : 0;
      const isFrame = /^\s*(#{1,6} .*|<\/?(details|summary)\b.*|)$/i.test(line);
      // The first two rows of a table are its header and the line below it.
      if (tableRows > 2 || (tableRows === 0 && !isFrame)) said = true;
      const isEnd = line.trim() === "" || tableRows > 2 || change < 0 || i === lines.length - 1;
      isBoundary = said && isEnd && !inComment;
    }
    marked.push({ text: line, fence: fence?.close ?? null, depth, isBoundary });
  }
  return marked;
}

/** Cuts lines at the blank ones at the top level. A heading stays with what follows it. */
export function splitBlocks(lines: readonly MarkedLine[]): Block[] {
  const blocks: MarkedLine[][] = [];
  let block: MarkedLine[] = [];
  let isHeadingOnly = true;
  for (const line of lines) {
    const isBlank = line.text.trim() === "" && line.fence === null && line.depth === 0;
    if (!isBlank) {
      isHeadingOnly = isHeadingOnly && /^#{1,6} /.test(line.text);
      block.push(line);
    } else if (block.length > 0 && isHeadingOnly) block.push(line);
    else if (block.length > 0) {
      blocks.push(block);
      block = [];
      isHeadingOnly = true;
    }
  }
  return block.length > 0 ? [...blocks, block] : blocks;
}

/** Whether a block is prose: what a summary consists of. */
export function isProse(block: Block): boolean {
  return block.every(
    ({ text, fence, depth }) => fence === null && depth === 0 && !/^\s*(\||<\/?details|[`~]{3})/i.test(text),
  );
}

/** What a block is called where it is left out: the title of a folded section, else its heading, else nothing. */
export function titleOf(block: Block): string | null {
  const text = block.map((line) => line.text).join("\n");
  const title = /<summary>(.*?)<\/summary>/i.exec(text)?.[1] ?? /^#{1,6} +(.*)$/m.exec(text)?.[1];
  return title === undefined ? null : title.replace(/<[^>]*>|[`*]/g, "").trim();
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
