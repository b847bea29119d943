import { isHidden } from "./deployment.js";

/** Whether a value is a Pulumi Output, of whichever copy of the SDK. */
export function isOutput(value: unknown): boolean {
  return typeof value === "object" && value !== null && (value as { __pulumiOutput?: unknown }).__pulumiOutput === true;
}

/** Whether a value cannot be read here: an Output in a program, a secret or an unknown in a state. */
export function isUnread(value: unknown): boolean {
  return isOutput(value) || isHidden(value);
}

/** The value at a path of keys and indices; what cannot be read stands for all that is below it. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined || isUnread(value)) return value;
  if (typeof value !== "object" || value === null) return undefined;
  return valueAt((value as Record<string, unknown>)[key], rest);
}

/** A copy with another value at a path; objects that are not there are made, lists keep their other items. */
export function withValue<T>(value: T, path: readonly string[], to: unknown): T {
  const [key, ...rest] = path;
  if (key === undefined) return to as T;
  const below = withValue((value as Record<string, unknown> | undefined)?.[key], rest, to);
  if (Array.isArray(value)) return value.map((item, i) => (String(i) === key ? below : item)) as T;
  return { ...value, [key]: below } as T;
}

/** The paths that a pattern stands for in a value: `*` is every item of a list. Stops where something cannot be read. */
export function expandPath(value: unknown, pattern: readonly string[]): string[][] {
  const [key, ...rest] = pattern;
  if (key === undefined || isUnread(value)) return [[]];
  if (key === "*") {
    if (!Array.isArray(value)) return [];
    return value.flatMap((item, i) => expandPath(item, rest).map((path) => [String(i), ...path]));
  }
  const below = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return expandPath(below, rest).map((path) => [key, ...path]);
}
