import { InputError, show } from "./problems.js";

/**
 * Parses a JSON document. A byte order mark in front is skipped.
 * @param source what is read, for example a file's name; `-` is shown as it is
 * @param values whether a message may show what was found: not where it can be a secret
 * @throws InputError with line and column (from 1, in UTF-16 units) of the first character that cannot be JSON
 */
export function parseJson(text: string, source: string, values: "shown" | "hidden" = "shown"): unknown {
  const body = text.startsWith("\uFEFF") ? text.slice(1) : text;
  try {
    return JSON.parse(body);
  } catch {
    const fault = findFault(body, values);
    throw new InputError(source, [{ place: positionOf(body, fault.at), message: fault.message }]);
  }
}

type State = "value" | "valueOrEnd" | "key" | "keyOrEnd" | "colon" | "commaOrEnd" | "end";

const token =
  /([{}[\],:])|("[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[ !#-[\]-\uffff]*)*")|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

const expected: Record<State, string> = {
  value: "a value",
  valueOrEnd: 'a value or "]"',
  key: "a field name in double quotes",
  keyOrEnd: 'a field name in double quotes or "}"',
  colon: '":"',
  commaOrEnd: '"," or the closing bracket',
  end: "nothing more after the document",
};

/**
 * Walks text that `JSON.parse` refused up to the first token out of place. The engines' own messages name a position
 * in some versions and for some errors only.
 */
function findFault(text: string, values: "shown" | "hidden"): { at: number; message: string } {
  const open: string[] = [];
  let state: State = "value";
  let at = 0;
  for (;;) {
    while (/[ \t\n\r]/.test(text.charAt(at))) at++;
    if (at >= text.length) {
      return text.trim() === ""
        ? { at: 0, message: "is empty; expected a JSON document" }
        : { at, message: `the document ends too early; expected ${expected[state]}` };
    }
    token.lastIndex = at;
    const match = token.exec(text);
    const next: State | null = match && follow(state, match[1] ?? (match[2] === undefined ? "scalar" : "string"), open);
    if (!match || !next) return { at, message: describe(text, at, match?.[0], expected[state], values) };
    state = next;
    at += match[0].length;
  }
}

/** The state after `kind`, or null where it is out of place. `open` holds the closing brackets still to come. */
function follow(state: State, kind: string, open: string[]): State | null {
  const after = (): State => (open.length === 0 ? "end" : "commaOrEnd");
  if (state === "colon") return kind === ":" ? "value" : null;
  if (state === "key" || (state === "keyOrEnd" && kind === "string")) return kind === "string" ? "colon" : null;
  if (state === "value" || (state === "valueOrEnd" && kind !== "]")) {
    if (kind === "{") open.push("}");
    if (kind === "[") open.push("]");
    if (kind === "{") return "keyOrEnd";
    if (kind === "[") return "valueOrEnd";
    return kind === "scalar" || kind === "string" ? after() : null;
  }
  if (state === "commaOrEnd" && kind === ",") return open.at(-1) === "}" ? "key" : "value";
  if (state === "end" || open.at(-1) !== kind) return null;
  open.pop();
  return after();
}

function describe(
  text: string,
  at: number,
  found: string | undefined,
  wanted: string,
  values: "shown" | "hidden",
): string {
  if (found === undefined && text.charAt(at) === '"') {
    return "a text that is not closed, or holds a line break or an unknown escape; close it on its line";
  }
  if (values === "hidden") return `found something else; expected ${wanted}`;
  return `found ${show(found ?? String.fromCodePoint(text.codePointAt(at) ?? 0))}; expected ${wanted}`;
}

function positionOf(text: string, at: number): string {
  const before = text.slice(0, at).split("\n");
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}
