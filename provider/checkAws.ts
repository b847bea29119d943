import * as pulumi from "@pulumi/pulumi";
import { type AwsBinding, awsMismatch, readAwsIdentity } from "./awsPlace.js";
import { configuredAws } from "./configuredAws.js";
import type { DecisionSource } from "./decisionSource.js";

/**
 * @returns what is wrong where the decision is for another AWS account or region, or which one this is cannot be told in
 * `up`; empty where nothing is. It never rejects: as a failed check of the assessment it ends the program.
 */
export async function checkAws({ decision, file }: DecisionSource): Promise<string> {
  const bound: AwsBinding = decision?.boundTo ?? {};
  if (bound.awsAccount === undefined && bound.awsRegion === undefined) return "";
  const found = await readAwsIdentity(configuredAws());
  if (!("unreachable" in found)) {
    const elsewhere = awsMismatch(bound, found);
    return elsewhere === null ? "" : `${file}: ${elsewhere}; nothing is changed. Run \`firebreak plan\` for this one`;
  }
  const unknown = `${file}: whether this is the decision's AWS account cannot be told: ${found.unreachable}`;
  if (!pulumi.runtime.isDryRun()) return unknown;
  pulumi.log.warn(`Firebreak: ${unknown}`);
  return "";
}
