import { groupBy } from "../../../graph/groups.js";
import { sortBy } from "../../../graph/order.js";
import type { InventoryQuota } from "../../../graph/types.js";
import { readQuantity } from "../../quantity.js";
import type { Quota } from "./objects.js";
import { namespaceOf } from "./owners.js";

/** What a quota counts of each: requests, and pods. Limits are judged by the pre-flight, which sees the whole pod. */
const names = {
  cpu: ["cpu", "requests.cpu"],
  memory: ["memory", "requests.memory"],
  pods: ["pods", "count/pods"],
} as const;

/** Scopes that a serving pod is in. Quotas of other scopes, or chosen by priority class, are left to the pre-flight. */
const scopes: ReadonlySet<string> = new Set(["NotTerminating", "NotBestEffort"]);

/** What the quotas of each namespace leave, by the strictest of them. */
export function remainders(quotas: readonly Quota[]): InventoryQuota[] {
  const counted = quotas.filter(
    ({ spec }) => spec?.scopeSelector === undefined && (spec?.scopes ?? []).every((scope) => scopes.has(scope)),
  );
  return sortBy(
    groupBy(counted, (q) => namespaceOf(q.metadata)),
    ([namespace]) => namespace,
  ).flatMap(([namespace, all]) => {
    const left = (resource: keyof typeof names) => {
      const amounts = all.flatMap(({ status }) =>
        names[resource].flatMap((name) => {
          const hard = status?.hard?.[name];
          return hard === undefined ? [] : Math.max(0, readQuantity(hard) - readQuantity(status?.used?.[name]));
        }),
      );
      return amounts.length === 0 ? undefined : Math.min(...amounts);
    };
    const quota = { namespace, cpu: left("cpu"), memory: left("memory"), pods: left("pods") };
    return quota.cpu === undefined && quota.memory === undefined && quota.pods === undefined ? [] : [quota];
  });
}
