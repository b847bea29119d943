import { createHash } from "node:crypto";
import { FieldError } from "../fields.js";
import type { ParsedFlow } from "../format.js";
import { probe } from "../formats/probe.js";
import { contentId } from "../lines.js";

/** A body as a probe sends it, read and found whole. */
export interface Body {
  /** sha256 of content and format, in hex: what `ingest` of the same content has. */
  readonly id: string;
  readonly lines: number;
  readonly flows: readonly ParsedFlow[];
}

/** A body that is refused whole; the problems name line, field and value. */
export class BodyError extends Error {
  override readonly name = "BodyError";
  constructor(readonly problems: readonly string[]) {
    super(problems.join("; "));
  }
}

const problemsShown = 5;

/**
 * Reads a body: JSON Lines as `firebreak probe` writes them.
 * @throws BodyError where it is empty or any part of it is broken
 */
export function readBody(content: Buffer): Body {
  const flows: ParsedFlow[] = [];
  const problems: string[] = [];
  const lines = content.toString("utf8").split("\n");
  let records = 0;
  for (const [i, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const document = parseLine(line);
    for (const parsed of document === undefined ? [{ reject: "is no JSON" }] : probe.parse(document)) {
      records++;
      if ("flow" in parsed) flows.push(parsed.flow);
      else if ("reject" in parsed && problems.length < problemsShown) problems.push(`line ${i + 1}: ${parsed.reject}`);
    }
  }
  if (records === 0)
    throw new BodyError([new FieldError("body", "", "lines of JSON as `firebreak probe` sends them").message]);
  if (problems.length > 0) throw new BodyError(problems);
  const id = contentId(createHash("sha256").update(content), probe.name);
  return { id, lines: records, flows };
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
