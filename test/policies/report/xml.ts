/** An element of an XML document. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  readonly text: string;
}

const name = "[A-Za-z_][A-Za-z0-9_.-]*";
const markup = new RegExp(`<(/?)(${name})((?:\\s+${name}="[^"<]*")*)\\s*(/?)>`, "y");
const attribute = new RegExp(`(${name})="([^"<]*)"`, "g");

/**
 * A strict reader of XML 1.0 as far as a report needs it: one root, elements, attributes in double quotes and text; no
 * comments, sections, instructions or entities but the five of XML and numbers. Anything else throws.
 */
export function parseXml(document: string): Element {
  const head = '<?xml version="1.0" encoding="UTF-8"?>\n';
  if (!document.startsWith(head)) throw new Error("no XML declaration");
  const bad = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.exec(document);
  if (bad) throw new Error(`a character that XML does not know at ${bad.index}`);
  const root = { name: "", attributes: {}, children: [] as Element[], text: "" };
  const open: { name: string; attributes: Record<string, string>; children: Element[]; text: string }[] = [root];
  for (let at = head.length; at < document.length; ) {
    const current = open.at(-1)!;
    if (document[at] !== "<") {
      const end = document.indexOf("<", at);
      const text = document.slice(at, end < 0 ? document.length : end);
      if (current === root && text.trim() !== "") throw new Error(`text outside the root at ${at}`);
      current.text += decoded(text);
      at += text.length;
      continue;
    }
    markup.lastIndex = at;
    const match = markup.exec(document);
    if (!match) throw new Error(`no tag at ${at}: ${document.slice(at, at + 40)}`);
    const [whole, closing, tag = "", given = "", empty] = match;
    at += whole.length;
    if (closing) {
      if (current.name !== tag || given !== "" || empty) throw new Error(`</${tag}> closes <${current.name}>`);
      open.pop();
      continue;
    }
    const pairs = [...given.matchAll(attribute)].map(([, key = "", value = ""]) => [key, decoded(value)] as const);
    if (new Set(pairs.map(([key]) => key)).size !== pairs.length)
      throw new Error(`an attribute of <${tag}> is there twice`);
    const element = { name: tag, attributes: Object.fromEntries(pairs), children: [], text: "" };
    if (current === root && root.children.length > 0) throw new Error("two roots");
    current.children.push(element);
    if (!empty) open.push(element);
  }
  if (open.length !== 1 || root.children.length !== 1) throw new Error("an element is not closed");
  return root.children[0]!;
}

function decoded(text: string): string {
  return text.replace(/&([^;&]*)(;?)/g, (whole, entity: string, end: string) => {
    const number = /^#(\d+)$/.exec(entity)?.[1] ?? undefined;
    const known: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
    const sign = number === undefined ? known[entity] : String.fromCodePoint(Number(number));
    if (sign === undefined || end === "") throw new Error(`no reference: ${whole}`);
    return sign;
  });
}
