import { type Document, isScalar, LineCounter, parseAllDocuments, visit, type YAMLError } from "yaml";
import { deepest } from "../../input/jsonParts.js";
import type { Problem } from "../../input/problems.js";

/** One document of a YAML stream, as plain data. */
export interface YamlDocument {
  readonly value: unknown;
  /** Line of its first node, from 1. */
  readonly line: number;
}

/** What is wrong with YAML, by the parser's code: its own messages may show what was written, which may be secret. */
const faults: Readonly<Record<string, string>> = {
  ALIAS_PROPS: "an alias has properties",
  BAD_ALIAS: "an alias or anchor has no proper name",
  BAD_INDENT: "the indentation is wrong",
  DUPLICATE_KEY: "a key is there twice",
  MISSING_CHAR: "a bracket, quote or comma is missing",
  TAB_AS_INDENT: "a tab is used as indentation",
  RESOURCE_EXHAUSTION: `is nested more than ${deepest} levels deep`,
};

const templateRemedy =
  "is a template; build what is deployed with `helm template` or `kubectl kustomize`, and check that";

/**
 * Parses a YAML stream; JSON is YAML, too. Merge keys (`<<`) are followed, as Kubernetes' tools do.
 * @param place what to call the stream in problems
 */
export function yamlDocuments(text: string, place: string, problems: Problem[]): YamlDocument[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, merge: true, logLevel: "silent", uniqueKeys: true });
  if (!Array.isArray(documents)) return [];
  const template = /\{\{/.test(text);
  return documents.flatMap((document) => {
    const line = lines.linePos(document.contents?.range[0] ?? document.range[0]).line;
    const fault = faultOf(document, template, lines);
    if (fault === null) {
      const value = plain(document);
      if (value !== undefined) return [{ value: value.data, line }];
    }
    const message = fault?.message ?? "an alias has no anchor, leads to itself, or is used too often; write it out";
    problems.push({ place: `${place}, line ${fault?.line ?? line}`, message });
    return [];
  });
}

function faultOf(
  document: Document.Parsed,
  template: boolean,
  lines: LineCounter,
): { line: number; message: string } | null {
  const [error] = document.errors as YAMLError[];
  if (error !== undefined) {
    const message = template ? templateRemedy : `${faults[error.code] ?? "is no YAML"}; correct it`;
    return { line: lines.linePos(error.pos[0]).line, message };
  }
  let fault: { line: number; message: string } | null = null;
  // `replicas: {{ .Values.replicas }}` is YAML: a map whose key is a map.
  if (template) {
    visit(document, {
      Pair: (_, { key }) => {
        if (isScalar(key) || key === null) return undefined;
        fault = { line: lines.linePos((key as { range?: [number] }).range?.[0] ?? 0).line, message: templateRemedy };
        return visit.BREAK;
      },
    });
  }
  return fault;
}

/** The data, or undefined where aliases make more of it than there is, or a circle. */
function plain(document: Document.Parsed): { readonly data: unknown } | undefined {
  try {
    const data: unknown = document.toJS({ maxAliasCount: 100 });
    return isTooDeep(data, []) ? undefined : { data };
  } catch {
    return undefined;
  }
}

/** Whether a value is nested deeper than anything is read, or within itself. */
function isTooDeep(value: unknown, above: readonly object[]): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (above.length >= deepest || above.includes(value)) return true;
  const path = [...above, value];
  return Object.values(value).some((item) => isTooDeep(item, path));
}
