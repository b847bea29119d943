import { sortBy } from "../graph/order.js";

/** One property that a step changes, as a path such as `spec.replicas` or `spec.template.spec.containers[0].image`. */
export interface PropertyChange {
  readonly path: string;
  /** Undefined where the property is added. */
  readonly from: unknown;
  /** Undefined where the property is removed. */
  readonly to: unknown;
}

/**
 * Lists the leaves in which two inputs of a resource differ, sorted by path. Properties whose name starts with `__` are
 * Pulumi's own and left out.
 */
export function diffProperties(from: unknown, to: unknown): PropertyChange[] {
  const changes: PropertyChange[] = [];
  walk(from, to, "", changes);
  return sortBy(changes, (change) => change.path);
}

function walk(from: unknown, to: unknown, path: string, into: PropertyChange[]): void {
  if (Object.is(from, to)) return;
  if (Array.isArray(from) && Array.isArray(to)) {
    for (let i = 0; i < Math.max(from.length, to.length); i++) walk(from[i], to[i], `${path}[${i}]`, into);
  } else if (isRecord(from) && isRecord(to)) {
    for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
      if (key.startsWith("__")) continue;
      walk(from[key], to[key], path === "" ? key : `${path}${step(key)}`, into);
    }
  } else {
    into.push({ path, from, to });
  }
}

function step(key: string): string {
  return /^[A-Za-z_][\w-]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
