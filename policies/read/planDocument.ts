import { readJsonParts, type TakePart } from "../../input/jsonParts.js";
import { InputError } from "../../input/problems.js";
import { describeBeginning, expectKind, type WantedKind } from "./documentKind.js";

/**
 * Reads what a tool planned from its JSON, the long parts of it one by one.
 * @throws InputError where it is no JSON, or of another kind: it says which, and what to do
 */
export function readPlanDocument(
  bytes: Buffer,
  source: string,
  kind: WantedKind,
  take: Readonly<Record<string, TakePart>>,
): Readonly<Record<string, unknown>> {
  try {
    return expectKind(readJsonParts(bytes, source, take), kind, source);
  } catch (error) {
    const found = error instanceof InputError ? describeBeginning(bytes) : undefined;
    if (found === undefined) throw error;
    throw new InputError(source, [{ place: "(top)", message: found }]);
  }
}

/** The name of a value's kind, which tells of a wrong value without showing it: it may be secret. */
export function kindOfValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return (
    { string: "text", number: "a number", boolean: "true or false", object: "an object" }[typeof value as string] ?? ""
  );
}

/** A JSON object, or undefined. */
export function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return value as Readonly<Record<string, unknown>>;
}
