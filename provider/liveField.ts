/** One part of a field path: a key, or the items of a list: all of them, or those whose `key` is `value`. */
type Part = string | { readonly items: "all" } | { readonly key: string; readonly value: string };

/** Values of an object at a path such as `spec.rules[*].backendRefs[name=web-a].weight`; several where a list has several. */
export function valuesAt(object: unknown, field: string): unknown[] {
  return follow(object, partsOf(field));
}

/** The object with every value at the path replaced; parts that are not there are left out. Changes nothing it is given. */
export function withValueAt<T>(object: T, field: string, value: unknown): T {
  return replace(object, partsOf(field), value) as T;
}

function partsOf(field: string): Part[] {
  return field.split(".").flatMap((part): Part[] => {
    const match = /^([^[\]]+)((?:\[[^\]]*\])*)$/.exec(part);
    if (match === null) throw new Error(`${field}: ${part} is no part of a field path`);
    const selectors = [...(match[2] ?? "").matchAll(/\[([^\]]*)\]/g)].map(([, selector = ""]): Part => {
      const [key = "", ...rest] = selector.split("=");
      return selector === "*" ? { items: "all" } : { key, value: rest.join("=") };
    });
    return [match[1] ?? "", ...selectors];
  });
}

function follow(value: unknown, [part, ...rest]: readonly Part[]): unknown[] {
  if (part === undefined) return value === undefined ? [] : [value];
  if (typeof part === "string") {
    return typeof value === "object" && value !== null && part in value
      ? follow((value as Record<string, unknown>)[part], rest)
      : [];
  }
  return Array.isArray(value) ? value.filter((item) => fits(item, part)).flatMap((item) => follow(item, rest)) : [];
}

function replace(value: unknown, [part, ...rest]: readonly Part[], next: unknown): unknown {
  if (part === undefined) return next;
  if (typeof part === "string") {
    if (typeof value !== "object" || value === null || !(part in value)) return value;
    return { ...value, [part]: replace((value as Record<string, unknown>)[part], rest, next) };
  }
  return Array.isArray(value) ? value.map((item) => (fits(item, part) ? replace(item, rest, next) : item)) : value;
}

function fits(item: unknown, part: Exclude<Part, string>): boolean {
  if ("items" in part) return true;
  return (
    typeof item === "object" && item !== null && String((item as Record<string, unknown>)[part.key]) === part.value
  );
}
