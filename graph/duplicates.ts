import { type Problem, show } from "../input/problems.js";

/** One problem for each item of `list` whose key an earlier one holds already. */
export function findDuplicates<T>(
  items: readonly T[],
  list: string,
  field: string,
  keyOf: (item: T) => string,
): Problem[] {
  const first = new Map<string, number>();
  return items.flatMap((item, index): Problem[] => {
    const key = keyOf(item);
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, index);
      return [];
    }
    const message = `${show(key)} is already at ${list}[${earlier}]; rename one or remove it`;
    return [{ place: `${list}[${index}].${field}`, message }];
  });
}
