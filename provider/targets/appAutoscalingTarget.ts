import { valueAt } from "../propertyValue.js";
import { nameIn, tagsIn, textAt } from "./aws.js";
import { clusterOf } from "./ecsService.js";
import { aboveMost } from "./most.js";
import type { Props, ReplicaTarget } from "./target.js";

/**
 * `minCapacity` of an Application Auto Scaling target, never above its `maxCapacity`: what the policies of an ECS service
 * that scales by itself do not go below.
 */
export const appAutoscalingTarget: ReplicaTarget = {
  change: "replicas",
  types: /^aws:appautoscaling\/target:Target$/,
  unit: "tasks at least",
  reads: [["minCapacity"], ["maxCapacity"], ["tags"], ["tags", "firebreak.dev/ignore"]],
  hold: null,
  field: () => "minCapacity",
  placesIn: () => [{ path: ["minCapacity"], byDefault: 0 }],
  notesIn: tagsIn,
  veto: (props, { to }) => aboveMost(mostIn(props), to, "maxCapacity"),
  objectOf: ({ inputs }) => ({ objectName: textAt(inputs, "resourceId") }),
  scales: (autoscaler, workload) =>
    /^aws:ecs\/service:Service$/.test(workload.type) &&
    textAt(autoscaler.inputs, "serviceNamespace") === "ecs" &&
    textAt(autoscaler.inputs, "scalableDimension") === "ecs:service:DesiredCount" &&
    textAt(autoscaler.inputs, "resourceId") === `service/${clusterOf(workload)}/${nameIn(workload)}`,
  mostIn,
};

function mostIn(props: Props): unknown {
  return valueAt(props, ["maxCapacity"]);
}
