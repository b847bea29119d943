import { identityOf, metadataReads, notesIn, objectOf } from "./kubernetes.js";
import type { ReplicaTarget } from "./target.js";

/** A StatefulSet is recognised, simulated and left alone. */
export const statefulSet: ReplicaTarget = {
  change: "replicas",
  types: /^kubernetes:(?:apps|extensions)\/v1[a-z0-9]*:StatefulSet$/,
  unit: "replicas",
  reads: [...metadataReads, ["spec", "replicas"]],
  hold: {
    reason: "identityBound",
    detail: "the replicas of a StatefulSet have an identity each (quorum, primary, volume)",
  },
  field: () => "spec.replicas",
  placesIn: () => [{ path: ["spec", "replicas"], byDefault: 1 }],
  notesIn,
  objectOf,
  identityOf,
};
