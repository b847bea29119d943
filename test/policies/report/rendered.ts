import { marked, type Token, type Tokens } from "marked";

/** What a reader of GitHub-flavoured Markdown sees. */
export interface Rendered {
  /** Text outside of code, where the sites look for links, mentions, references and commands. */
  readonly open: string;
  /** Texts in code, inline and fenced. */
  readonly code: readonly string[];
  /** HTML tags, in order, without attributes where there are none. */
  readonly tags: readonly string[];
  readonly headings: readonly string[];
  /** Types of all tokens. */
  readonly types: ReadonlySet<string>;
  /** Cells of each row of each table, the header first. */
  readonly tables: readonly (readonly (readonly string[])[])[];
}

export function render(markdown: string): Rendered {
  const seen = { open: [] as string[], code: [] as string[], tags: [] as string[], headings: [] as string[] };
  const types = new Set<string>();
  const tables: string[][][] = [];
  let inCode = false;
  const visit = (token: Token): void => {
    types.add(token.type);
    if (token.type === "table") {
      const { header, rows } = token as Tokens.Table;
      tables.push([header, ...rows].map((row) => row.map((cell) => cell.text)));
      for (const cell of [header, ...rows].flat()) cell.tokens.forEach(visit);
    } else if (token.type === "html") {
      for (const [tag] of token.raw.matchAll(/<!--.*?-->|<\/?[a-z][^>]*>/gis)) {
        seen.tags.push(tag.startsWith("<!--") ? "<!-- -->" : tag);
        if (/^<\/?code>$/.test(tag)) inCode = !tag.startsWith("</");
      }
      seen.open.push(token.raw.replace(/<!--.*?-->|<[^>]*>/gs, " "));
    } else if (token.type === "codespan" || token.type === "code") seen.code.push((token as Tokens.Code).text);
    else if (token.type === "list") for (const item of (token as Tokens.List).items) item.tokens.forEach(visit);
    else {
      if (token.type === "heading") seen.headings.push((token as Tokens.Heading).text);
      const inner = (token as { tokens?: Token[] }).tokens;
      if (inner !== undefined) inner.forEach(visit);
      else if (token.type !== "space" && token.type !== "def") (inCode ? seen.code : seen.open).push(decode(token.raw));
    }
  };
  marked.lexer(markdown, { gfm: true }).forEach(visit);
  return { ...seen, open: seen.open.join("\n"), types, tables };
}

function decode(text: string): string {
  return text.replace(/&#(\d+);/g, (_, number: string) => String.fromCodePoint(Number(number)));
}
