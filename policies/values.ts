/** Inputs of a resource: JSON, with `unknownValue` and `secretValue` where the source does not show a value. */
export type PropertyMap = Readonly<Record<string, unknown>>;

/** Stands for a value that is not known before the update. */
export const unknownValue: unique symbol = Symbol("unknown");

/** Stands for a secret: it is read as such at the edge, so that no rule and no report can print what it was. */
export const secretValue: unique symbol = Symbol("secret");

export const isHiddenValue = (value: unknown): boolean => value === unknownValue || value === secretValue;

/** Value at a path of keys or list indices; undefined where there is none; what hides all below it where it is hidden. */
export function valueIn(value: unknown, path: readonly (string | number)[]): unknown {
  let at = value;
  for (const key of path) {
    if (isHiddenValue(at)) return at;
    if (typeof at !== "object" || at === null) return undefined;
    // What every object inherits is no input of a resource.
    if (key in Object.prototype && !Object.hasOwn(at, key)) return undefined;
    at = (at as Readonly<Record<string | number, unknown>>)[key];
  }
  return at;
}
