import { valueAt } from "../propertyValue.js";
import { lastOf, nameIn, namesOf, serviceLabels, tagsIn } from "./aws.js";
import type { ReplicaTarget } from "./target.js";

/** `desiredCount` of an Amazon ECS service; ECS takes 0 where it is left out. */
export const ecsService: ReplicaTarget = {
  change: "replicas",
  types: /^aws:ecs\/service:Service$/,
  unit: "tasks",
  reads: [["desiredCount"], ["schedulingStrategy"], ["tags"], ["tags", "firebreak.dev/ignore"]],
  hold: null,
  field: () => "desiredCount",
  placesIn: () => [{ path: ["desiredCount"], byDefault: 0 }],
  notesIn: tagsIn,
  veto: (props) =>
    valueAt(props, ["schedulingStrategy"]) === "DAEMON"
      ? { reason: "notSupported", detail: "runs one task on every container instance (schedulingStrategy DAEMON)" }
      : null,
  objectOf: (resource) => ({ objectName: nameIn(resource) }),
  identityOf: (resource) => {
    const names = namesOf(resource);
    const cluster = clusterOf(resource);
    return { names, scoped: names.map((name) => `${cluster}/${name}`), labels: serviceLabels(resource) };
  },
};

/** The cluster's name; ECS takes `default` where none is written. */
export function clusterOf({ inputs }: { readonly inputs: Readonly<Record<string, unknown>> }): string {
  return lastOf(valueAt(inputs, ["cluster"])) ?? "default";
}
