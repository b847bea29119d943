import type { Hold } from "../../planner/types.js";
import { valueAt } from "../propertyValue.js";
import { annotationIn, metadataReads, notesIn, objectOf, scales } from "./kubernetes.js";
import { aboveMost } from "./most.js";
import type { Props, ReplicaTarget } from "./target.js";

const most = ["spec", "maxReplicaCount"] as const;
const pauses = ["autoscaling.keda.sh/paused", "autoscaling.keda.sh/paused-replicas"] as const;

/**
 * `spec.minReplicaCount` of a KEDA ScaledObject, never above its `maxReplicaCount`; KEDA's own defaults are 0 and 100
 * (keda.sh/docs/latest/reference/scaledobject-spec).
 */
export const scaledObject: ReplicaTarget = {
  change: "replicas",
  types: /^kubernetes:keda\.sh\/v1alpha1:ScaledObject$/,
  unit: "replicas at least",
  reads: [
    ...metadataReads,
    ...pauses.map((annotation) => ["metadata", "annotations", annotation]),
    ["spec", "minReplicaCount"],
    [...most],
  ],
  hold: null,
  field: () => "spec.minReplicaCount",
  placesIn: () => [{ path: ["spec", "minReplicaCount"], byDefault: 0 }],
  notesIn,
  veto: (props, { to }) => paused(props) ?? aboveMost(mostIn(props), to, "spec.maxReplicaCount"),
  objectOf,
  scales,
  mostIn,
};

function mostIn(props: Props): unknown {
  return valueAt(props, most) ?? 100;
}

/** A paused ScaledObject scales nothing, whatever its minimum. */
function paused(props: Props): Hold | null {
  const annotation = pauses.find((name) => ![undefined, "false"].includes(annotationIn(props, name) as string));
  return annotation === undefined ? null : { reason: "ownedByOther", detail: `is paused by ${annotation}` };
}
