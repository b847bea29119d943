import type { Inventory } from "../graph/types.js";
import type { Declared } from "./declared.js";
import { assumedSize, sizeOf } from "./size.js";
import type { Change, Target } from "./types.js";

/** What a reader of the decision should know and no verdict or refusal says. */
export function warningsOf(
  declared: ReadonlyMap<string, Declared>,
  targets: ReadonlyMap<string, Target>,
  changes: readonly Change[],
  inventory: Inventory | undefined,
): string[] {
  const warnings: string[] = [];
  for (const { service, live, current, applied } of declared.values()) {
    if (live === 0) {
      warnings.push(`${service} has a change in force and no traffic: the change is kept as it is`);
    } else if (applied && !targets.has(service)) {
      warnings.push(`${service} has a change in force and no resource that runs it: the change is kept as it is`);
    } else if (live !== current) {
      warnings.push(`the traffic shows ${live} of ${service}, the stack asks for ${current}: planned with ${current}`);
    }
  }
  for (const change of changes) {
    if ((change.kind === "replicas" || change.kind === "reservation") && !sizeOf(change.service, inventory)) {
      const size = `${assumedSize.cpu} core and ${assumedSize.memory / 2 ** 30} GiB`;
      warnings.push(`the size of ${change.service} is not in the inventory: its cost is that of ${size}`);
    }
  }
  return warnings;
}
