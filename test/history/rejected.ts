import { expect } from "vitest";
import type { JsonFormat, Parsed } from "../../history/format.js";

/** The reason why the only record of a document is rejected; fails where it is not. */
export function reasonOf(format: JsonFormat, document: unknown): string {
  const rejects = [...format.parse(document)].filter((p): p is { reject: string } => "reject" in p);
  expect(rejects).toHaveLength(1);
  return rejects[0]?.reject ?? "";
}

/** A copy of a document with one place changed: keys and indexes joined by dots; undefined removes it. */
export function changed(document: unknown, place: string, value: unknown): unknown {
  const copy = structuredClone(document) as Record<string, unknown>;
  const keys = place.split(".");
  const last = keys.pop() ?? "";
  const container = keys.reduce((at, key) => at[key] as Record<string, unknown>, copy);
  if (value === undefined) delete container[last];
  else container[last] = value;
  return copy;
}

/** The flows of a document, without what is usual in all of them. */
export function flowsOf(parsed: Iterable<Parsed>): object[] {
  return [...parsed].map((p) => ("flow" in p ? p.flow : p));
}
