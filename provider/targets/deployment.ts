import { isUnread, valueAt } from "../propertyValue.js";
import { annotationIn, identityOf, metadataReads, notesIn, objectOf } from "./kubernetes.js";
import type { Props, ReplicaTarget } from "./target.js";

const constraints = ["spec", "template", "spec", "topologySpreadConstraints"] as const;
const labels = ["spec", "selector", "matchLabels"] as const;

/** `spec.replicas` of a Deployment; with `firebreak.dev/spread: "true"`, its pods' spread over zones too. */
export const deployment: ReplicaTarget = {
  change: "replicas",
  types: /^kubernetes:(?:apps|extensions)\/v1[a-z0-9]*:Deployment$/,
  unit: "replicas",
  reads: [
    ...metadataReads,
    ["metadata", "annotations", "firebreak.dev/spread"],
    ["spec", "replicas"],
    [...labels],
    [...constraints],
  ],
  hold: null,
  field: () => "spec.replicas",
  placesIn: () => [{ path: ["spec", "replicas"], byDefault: 1 }],
  notesIn,
  alsoWrites: (props) => (wantsSpread(props) ? [{ path: constraints, value: spreadOver(props) }] : []),
  objectOf,
  identityOf,
};

/** Asked for, nothing written that says otherwise, and the pods can be told apart. It replaces pods, so no guess. */
function wantsSpread(props: Props): boolean {
  const written = valueAt(props, constraints);
  const matchLabels = valueAt(props, labels);
  return (
    annotationIn(props, "firebreak.dev/spread") === "true" &&
    (written === undefined || written === null || (Array.isArray(written) && written.length === 0)) &&
    typeof matchLabels === "object" &&
    matchLabels !== null &&
    !isUnread(matchLabels)
  );
}

function spreadOver(props: Props): unknown {
  return [
    {
      maxSkew: 1,
      topologyKey: "topology.kubernetes.io/zone",
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels: valueAt(props, labels) },
    },
  ];
}
