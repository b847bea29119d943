import { tagsIn } from "./aws.js";
import type { ReplicaTarget } from "./target.js";

/** The size of an EC2 capacity reservation of Firebreak's own: what the audit log says of it. */
export const capacityReservation: ReplicaTarget = {
  change: "replicas",
  types: /^aws:ec2\/capacityReservation:CapacityReservation$/,
  unit: "instances",
  reads: [["instanceCount"], ["tags"]],
  hold: null,
  field: () => "instanceCount",
  placesIn: () => [{ path: ["instanceCount"], byDefault: 0 }],
  notesIn: tagsIn,
  objectOf: () => ({}),
};
