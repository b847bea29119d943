import { FieldError } from "./fields.js";

/** An object of a JSON document whose fields are not checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** An object; an empty one where it is absent, which is how protobuf's JSON writes one. */
export function readObject(place: string, value: unknown): JsonObject {
  if (value === undefined || value === null) return {};
  if (isObject(value)) return value;
  throw new FieldError(place, value, "an object");
}

/** A list; an empty one where it is absent. */
export function readList(place: string, value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw new FieldError(place, value, "a list");
}

/** A text; an empty one where it is absent. */
export function readText(place: string, value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  throw new FieldError(place, value, "a text");
}
