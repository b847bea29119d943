/** Longest name or value that is shown whole, in UTF-16 units. */
const longest = 200;

/**
 * What no reader can see, or what changes the order in which text is read, as an escape such as `\u{202e}`: control and
 * format characters (bidi controls and zero-width ones among them), line separators, lone surrogates, and letters that
 * Unicode tells to show as nothing.
 */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu,
    (character) => escapes[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

const escapes: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * A name or value as inline code, in text and in table cells alike. Neither Markdown nor the sites look into code for
 * links, mentions, issue numbers or commands.
 */
export function code(text: string): string {
  const shown = clip(visible(text));
  if (shown.trim() === "") return `<code>${shown.replace(/ /g, "&#32;")}</code>`;
  // A pipe would end a table's cell and a backtick the span: then every sign that means something is a number.
  return /[`|\\]/.test(shown) ? `<code>${numbered(shown)}</code>` : `\`${shown}\``;
}

/**
 * A sentence of others (a reason, a message) as inline Markdown. A word that could mean something to Markdown or to the
 * sites becomes code, and the rest stays prose.
 */
export function prose(text: string): string {
  const words = visible(text.replace(/\s+/g, " ").trim()).split(" ");
  return words.map((word) => (word.length > longest ? code(word) : shownWord(word))).join(" ");
}

function shownWord(word: string): string {
  const [, opening = "", core = "", closing = ""] = /^([("']*)(.*?)([)"',.;:!?…]*)$/su.exec(word) ?? [];
  return core === "" || plain.test(core) ? word : `${opening}${code(core)}${closing}`;
}

/** A word or number that neither Markdown nor a site reads anything into: no link, commit, issue, mention or emphasis. */
const plain = /^(?!www\.|gh-\d|[\da-f]{7,40}$)[\p{L}\p{N}]+(?:[.,'’–-][\p{L}\p{N}]+)*%?$|^[%→–-]$/iu;

/** Text in which every sign but letters, digits and blanks is a numeric reference, which never means anything. */
export function numbered(text: string): string {
  return text.replace(/[^\p{L}\p{N} ]/gu, (sign) => `&#${sign.codePointAt(0)};`);
}

/**
 * A fenced block. A line that would end it, or that GitLab could run as a command wherever it believes the block to end,
 * begins with a backslash.
 */
export function fence(language: string, lines: readonly string[]): string[] {
  const body = lines.map((line) => visible(line).replace(/^(\s*)(?=\/|```)/, "$1\\"));
  return [`\`\`\`${language}`, ...body, "```"];
}

/** A table; cells are inline Markdown without bare pipes. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)];
}

/** A section that is closed until a reader opens it. The title is inline Markdown of ours. */
export function folded(title: string, lines: readonly string[]): string[] {
  return ["<details>", `<summary>${title}</summary>`, "", ...lines, "", "</details>"];
}

function clip(text: string): string {
  if (text.length <= longest) return text;
  const cut = text.slice(0, longest - 1);
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}
