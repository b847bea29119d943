import type { AwsBinding } from "./awsPlace.js";
import { readDeployment } from "./deployment.js";
import { textAt } from "./targets/aws.js";
import { targetKindOf } from "./targets/index.js";

/**
 * The AWS account and region that a stack's exported state is of, by the ARNs in it: what is left out is in several, or
 * is not told. Nothing where the stack holds no AWS resource that Firebreak may change.
 * @throws InputError where the state is not the output of `pulumi stack export`
 */
export function readAwsBinding(exportedState: unknown): AwsBinding {
  const resources = readDeployment(exportedState).filter(({ type }) => type.startsWith("aws:"));
  const isTarget = (type: string) => targetKindOf(type, "replicas") ?? targetKindOf(type, "dnsWeight");
  if (!resources.some(({ type }) => isTarget(type))) return {};
  const arns = resources.flatMap(({ type, outputs }) => {
    const [arn, , , region = "", account = ""] = (textAt(outputs, "arn") ?? "").split(":");
    return arn === "arn" ? [{ account, region: isTarget(type) ? region : "" }] : [];
  });
  const [awsAccount, ...accounts] = distinct(arns.map((a) => a.account));
  const [awsRegion, ...regions] = distinct(arns.map((a) => a.region));
  return {
    ...(awsAccount !== undefined && accounts.length === 0 && { awsAccount }),
    ...(awsRegion !== undefined && regions.length === 0 && { awsRegion }),
  };
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values.filter((value) => value !== ""))];
}
