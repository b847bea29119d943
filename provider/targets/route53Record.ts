import { isUnread, valueAt } from "../propertyValue.js";
import { textAt } from "./aws.js";
import type { Props, WeightTarget } from "./target.js";

const weight = ["weightedRoutingPolicies", "0", "weight"] as const;

/**
 * The weight of a weighted Route 53 record, 0 to 255; its backend is its `setIdentifier`. Where every record of a name
 * has weight 0 Route 53 answers with all of them alike (Amazon Route 53 Developer Guide, weighted routing), so that one
 * record at 0 takes no name away.
 */
export const route53Record: WeightTarget = {
  change: "dnsWeight",
  types: /^aws:route53\/record:Record$/,
  unit: "weight",
  most: 255,
  reads: [["setIdentifier"], ["weightedRoutingPolicies", "*", "weight"]],
  hold: null,
  field: () => "weightedRoutingPolicies[0].weight",
  placesIn: (props, part) => {
    const identifier = valueAt(props, ["setIdentifier"]);
    if (isUnread(identifier)) return [{ path: ["setIdentifier"], byDefault: 0 }];
    return identifier === part && isWeighted(props) ? [{ path: weight, byDefault: 0 }] : [];
  },
  // Records of Route 53 have no tags: `ignoreChanges` and `protect` keep Firebreak away.
  notesIn: () => undefined,
  objectOf: ({ inputs }) => ({ objectName: textAt(inputs, "name") }),
  backendsIn: ({ inputs }) => {
    const name = textAt(inputs, "setIdentifier");
    if (name === undefined || !isWeighted(inputs)) return [];
    const records = valueAt(inputs, ["records"]);
    const addresses = Array.isArray(records) ? records.filter((r) => typeof r === "string" && !isUnread(r)) : [];
    return [{ name, addresses }];
  },
};

function isWeighted(props: Props): boolean {
  return (valueAt(props, weight) ?? null) !== null;
}
