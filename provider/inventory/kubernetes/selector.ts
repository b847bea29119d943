import type { LabelSelector, Labels, Metadata, Service } from "./objects.js";
import { namespaceOf } from "./owners.js";

/** Whether a Service's selector takes a pod of these labels; one without a key takes none. */
export function selects(selector: Labels | undefined, labels: Labels = {}): boolean {
  const wanted = Object.entries(selector ?? {});
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}

/** Names of the Services that lead to a pod: what routes call their backends. */
export function backendsOf(pod: Metadata, services: readonly Service[]): string[] {
  return services
    .filter((s) => namespaceOf(s.metadata) === namespaceOf(pod) && selects(s.spec?.selector, pod.labels))
    .map((s) => s.metadata.name)
    .sort();
}

/** Whether a label selector takes these labels; an empty one takes everything, none takes nothing. */
export function matches(selector: LabelSelector | undefined, labels: Labels = {}): boolean {
  if (selector === undefined) return false;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === "In") return value !== undefined && values.includes(value);
      if (operator === "NotIn") return value === undefined || !values.includes(value);
      if (operator === "Exists") return value !== undefined;
      return operator === "DoesNotExist" && value === undefined;
    })
  );
}
