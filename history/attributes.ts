import { readList, readObject } from "./document.js";
import { FieldError } from "./fields.js";

/** Attributes that were asked for, by key. */
export type Attributes = ReadonlyMap<string, string | number | boolean>;

/**
 * Reads OTLP's list of `{ key, value }`, where a value is one of `stringValue`, `intValue` (a number or its digits),
 * `doubleValue`, `boolValue`, and others that no one asks for. An empty value counts as none, the first of a key as its own.
 * https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 * @param wanted keys whose values are read; of the others only the form is looked at
 * @throws FieldError naming the place
 */
export function readAttributes(place: string, value: unknown, wanted: ReadonlySet<string>): Attributes {
  const found = new Map<string, string | number | boolean>();
  for (const [i, item] of readList(place, value).entries()) {
    const key = (item as { readonly key?: unknown } | null)?.key;
    if (typeof key !== "string") throw new FieldError(`${place}[${i}].key`, key, "a text");
    if (!wanted.has(key) || found.has(key)) continue;
    const read = readValue(`${place}[${i}].value`, (item as { readonly value?: unknown }).value);
    if (read !== undefined && read !== "") found.set(key, read);
  }
  return found;
}

function readValue(place: string, value: unknown): string | number | boolean | undefined {
  const union = readObject(place, value);
  if (union.stringValue !== undefined) return typed(place, "stringValue", union.stringValue, "string", "a text");
  if (union.boolValue !== undefined) return typed(place, "boolValue", union.boolValue, "boolean", "true or false");
  if (union.doubleValue !== undefined) return typed(place, "doubleValue", union.doubleValue, "number", "a number");
  if (union.intValue !== undefined) {
    const digits = typeof union.intValue === "string" && /^-?\d{1,19}$/.test(union.intValue);
    return typed(place, "intValue", digits ? Number(union.intValue) : union.intValue, "number", "a whole number");
  }
  if (Object.keys(union).length === 0) return undefined;
  throw new FieldError(place, value, "a stringValue, intValue, doubleValue or boolValue");
}

function typed(place: string, field: string, value: unknown, type: string, expected: string) {
  if (typeof value === type) return value as string | number | boolean;
  throw new FieldError(`${place}.${field}`, value, expected);
}
