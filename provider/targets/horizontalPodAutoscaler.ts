import { valueAt } from "../propertyValue.js";
import { metadataReads, notesIn, objectOf, scales } from "./kubernetes.js";
import { aboveMost } from "./most.js";
import type { Props, ReplicaTarget } from "./target.js";

const most = ["spec", "maxReplicas"] as const;

/** `spec.minReplicas` of a HorizontalPodAutoscaler, never above its `maxReplicas`. */
export const horizontalPodAutoscaler: ReplicaTarget = {
  change: "replicas",
  types: /^kubernetes:autoscaling\/v[a-z0-9]+:HorizontalPodAutoscaler$/,
  unit: "replicas at least",
  reads: [...metadataReads, ["spec", "minReplicas"], [...most]],
  hold: null,
  field: () => "spec.minReplicas",
  placesIn: () => [{ path: ["spec", "minReplicas"], byDefault: 1 }],
  notesIn,
  veto: (props, { to }) => aboveMost(mostIn(props), to, "spec.maxReplicas"),
  objectOf,
  scales,
  mostIn,
};

function mostIn(props: Props): unknown {
  return valueAt(props, most);
}
