import { FieldError, readInteger, readTime } from "./fields.js";

/** A time in ISO 8601 with its zone (RFC 3339, as protobuf's JSON writes it), in whole unix seconds, rounded down. */
export function readIsoTime(place: string, value: unknown): number {
  const written =
    typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(value);
  const seconds = written ? Math.floor(Date.parse(value) / 1000) : Number.NaN;
  if (Number.isNaN(seconds)) throw new FieldError(place, value, "a time such as 2026-11-25T10:00:00Z");
  return readTime(place, String(seconds));
}

/** A yes or no; undefined where it is absent. */
export function readFlag(place: string, value: unknown): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "boolean") return value;
  throw new FieldError(place, value, "true or false");
}

/** A whole number from 0 to `high`, as a number or as digits; undefined where it is absent. */
export function readWhole(place: string, value: unknown, high = Number.MAX_SAFE_INTEGER): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" && typeof value !== "string") {
    throw new FieldError(place, value, `a whole number from 0 to ${high}`);
  }
  return readInteger(place, String(value), 0, high);
}

/** One of the words; undefined where it is absent. */
export function readWord<Word extends string>(place: string, value: unknown, words: readonly Word[]): Word | undefined {
  if (value === undefined || value === null) return undefined;
  const word = words.find((w) => w === value);
  if (word !== undefined) return word;
  throw new FieldError(place, value, `one of ${words.join(", ")}`);
}
