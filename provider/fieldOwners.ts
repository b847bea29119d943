import type { ManagedFields } from "./liveObject.js";

/**
 * The entries of an object's managed fields that own a property: those that name it, something below it, or, for a list
 * or map that is owned as one, something around it (kubernetes.io/docs/reference/using-api/server-side-apply, "Merge
 * strategy"). Which item of a list an entry names is not told apart: any counts.
 */
export function ownersOf(entries: readonly ManagedFields[], path: readonly string[]): readonly ManagedFields[] {
  return entries.filter(({ fieldsV1 }) => fieldsV1 !== undefined && owns(fieldsV1, path));
}

function owns(fields: unknown, path: readonly string[]): boolean {
  const [key, ...rest] = path;
  if (typeof fields !== "object" || fields === null) return false;
  const named = Object.entries(fields).filter(([field]) => field !== ".");
  if (key === undefined || named.length === 0) return true;
  const found = /^\d+$/.test(key)
    ? named.filter(([field]) => !field.startsWith("f:"))
    : named.filter(([field]) => field === `f:${key}`);
  return found.some(([, below]) => owns(below, rest));
}

/** Whether a field manager is Pulumi's Kubernetes provider: `pulumi-kubernetes-` and a random end, one a resource. */
export function isPulumi(manager: string): boolean {
  return /^pulumi-(?:resource-)?kubernetes(?:-|$)/.test(manager);
}

/** A sentence such as `spec.replicas is owned by kubectl (through /scale)`. */
export function describeOwner(field: string, { manager, subresource, time }: ManagedFields): string {
  const since = time === undefined ? "" : ` since ${time}`;
  return `${field} is owned by ${manager || "an unnamed manager"}${subresource ? ` (through /${subresource})` : ""}${since}`;
}
