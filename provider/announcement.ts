import * as pulumi from "@pulumi/pulumi";
import type { DecisionSource } from "./decisionSource.js";
import type { HeldBack } from "./heldBack.js";
import type { InForce } from "./riskAssessment.js";
import { isSameChange } from "./stackChange.js";

/** Says where the decision stands, when that is not simply in force. */
export function announce({ decision, file, standing }: DecisionSource): void {
  if (standing === "killSwitch") {
    pulumi.log.warn("Firebreak: the kill switch is set; what was applied last is kept and nothing is added");
  } else if (decision === null) {
    pulumi.log.info(`Firebreak: no decision at ${file}; where none was ever applied, the stack is deployed as written`);
  } else if (standing === "stale") {
    const effect = {
      hold: "what was applied last is kept and nothing is added",
      closed: "nothing is deployed",
      off: "the stack is deployed as written",
    }[decision.failMode];
    pulumi.log.warn(
      `Firebreak: decision ${decision.id} is past its maxAge of ${decision.maxAge} s; ${effect} (failMode ${decision.failMode})`,
    );
  }
}

/** Says which changes of a decision in force are not carried out now, and why where that is not their age. */
export function announceHeldBack(
  { decision, standing }: DecisionSource,
  inForce: InForce,
  held: readonly HeldBack[],
): void {
  if (decision === null || standing !== "current") return;
  for (const change of decision.changes) {
    if (inForce.changes.some((c) => isSameChange(c, change) && c.to === change.to)) continue;
    const what = change.kind === "replicas" ? `${change.to} replicas` : `${change.to} (${change.kind})`;
    const hold = held.find((h) => isSameChange(h.change, change))?.hold;
    const why = hold === undefined ? "expired and is not added" : `is not added: ${hold.reason} (${hold.detail})`;
    pulumi.log.warn(`Firebreak: the change of ${change.target.name} to ${what} ${why}`);
  }
}
