import type { z } from "zod";
import { InputError, type Problem, show } from "./problems.js";

/**
 * Reads `value` by a zod schema and gathers every problem with its place, value and remedy.
 * Objects should be strict, so that a misspelt field is an error that names it.
 * @throws InputError
 */
export function readAs<T extends z.ZodType>(schema: T, value: unknown, source: string): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new InputError(
    source,
    result.error.issues.flatMap((issue) => problemsOf(issue, value)),
  );
}

function problemsOf(issue: z.core.$ZodIssue, root: unknown): Problem[] {
  const place = placeOf(issue.path);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      place: place === "(top)" ? key : `${place}.${key}`,
      message: "is not a known field; remove it or correct its name",
    }));
  }
  return [{ place, message: `${show(valueAt(root, issue.path))}: ${issue.message}` }];
}

function placeOf(path: readonly PropertyKey[]): string {
  let place = "";
  for (const key of path) {
    if (typeof key === "number") place += `[${key}]`;
    else place += place === "" ? String(key) : `.${String(key)}`;
  }
  return place || "(top)";
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}
