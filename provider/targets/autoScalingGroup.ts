import { valueAt } from "../propertyValue.js";
import { nameIn, namesOf, serviceLabels, tagsIn } from "./aws.js";
import { machineOf } from "./machine.js";
import { aboveMost } from "./most.js";
import type { Place, Props, ReplicaTarget } from "./target.js";

/**
 * The size of an EC2 Auto Scaling group, never above its `maxSize`. Where the program writes `desiredCapacity` it says how
 * many instances there are, and `minSize` is raised with it so that no scaling policy takes them away again. Where the
 * program leaves it out or ignores its changes, scaling policies set it, and `minSize` says how many there are at least:
 * Auto Scaling raises the capacity to a larger minimum by itself (Amazon EC2 Auto Scaling API, UpdateAutoScalingGroup).
 */
export const autoScalingGroup: ReplicaTarget = {
  change: "replicas",
  types: /^aws:autoscaling\/group:Group$/,
  unit: "instances",
  reads: [["desiredCapacity"], ["minSize"], ["maxSize"], ["tags", "*", "key"], ["tags", "*", "value"]],
  hold: null,
  field: () => "desiredCapacity",
  placesIn: (props) => {
    const minimum: Place = { path: ["minSize"], byDefault: 0 };
    const desired = valueAt(props, ["desiredCapacity"]) ?? null;
    return desired === null ? [minimum] : [{ path: ["desiredCapacity"], byDefault: 0, optional: true }, minimum];
  },
  notesIn: tagsIn,
  veto: (props, { to }) => aboveMost(mostIn(props), to, "maxSize"),
  objectOf: (resource) => ({ objectName: nameIn(resource) }),
  identityOf: (resource) => ({ names: namesOf(resource), scoped: [], labels: serviceLabels(resource) }),
  mostIn,
  machineOf,
};

function mostIn(props: Props): unknown {
  return valueAt(props, ["maxSize"]);
}
