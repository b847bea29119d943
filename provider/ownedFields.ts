import type { ManagedFields } from "./liveObject.js";

type Fields = Readonly<Record<string, unknown>>;

/**
 * What one field manager applied of a live object, taken from its managed fields: applied again with one value changed,
 * it changes that value and no owner. As client-go's `Extract` functions do
 * (kubernetes.io/docs/reference/using-api/server-side-apply, "Field management").
 * @returns the object with just these fields, or undefined where the manager has applied none
 */
export function appliedBy(object: Readonly<Record<string, unknown>>, manager: string): Fields | undefined {
  const {
    managedFields = [],
    name,
    namespace,
  } = object.metadata as {
    managedFields?: readonly ManagedFields[];
    name: string;
    namespace?: string;
  };
  const entry = managedFields.find(
    (m) => m.manager === manager && m.operation === "Apply" && (m.subresource ?? "") === "",
  );
  if (entry?.fieldsV1 === undefined) return undefined;
  const owned = pick(object, entry.fieldsV1 as Fields) as Record<string, unknown>;
  return {
    ...owned,
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: {
      ...((owned.metadata as Fields | undefined) ?? {}),
      name,
      ...(namespace !== undefined && { namespace }),
    },
  };
}

/** The part of a value that a field set of the API server names: `f:` keys of objects, `k:` and `v:` items of lists. */
function pick(value: unknown, fields: Fields): unknown {
  const keys = Object.keys(fields).filter((key) => key !== ".");
  // A leaf owns all that is below it.
  if (keys.length === 0) return value;
  if (Array.isArray(value)) return value.flatMap((item) => pickItem(item, fields, keys));
  if (typeof value !== "object" || value === null) return value;
  const picked: Record<string, unknown> = {};
  for (const key of keys) {
    const name = key.slice(2);
    if (key.startsWith("f:") && name in value) picked[name] = pick((value as Fields)[name], fields[key] as Fields);
  }
  return picked;
}

function pickItem(item: unknown, fields: Fields, keys: readonly string[]): unknown[] {
  for (const key of keys) {
    if (key.startsWith("v:") && JSON.stringify(JSON.parse(key.slice(2))) === JSON.stringify(item)) return [item];
    if (!key.startsWith("k:")) continue;
    const wanted = JSON.parse(key.slice(2)) as Fields;
    const isIt = Object.entries(wanted).every(([k, v]) => (item as Fields | null)?.[k] === v);
    if (isIt) return [{ ...wanted, ...(pick(item, fields[key] as Fields) as Fields) }];
  }
  return [];
}
