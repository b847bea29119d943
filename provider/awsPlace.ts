import type { Binding } from "../planner/types.js";
import { explainRefusal } from "./inventory/aws/refusal.js";
import { UnreadableError } from "./inventory/found.js";

/** Where AWS is asked: as the stack's configuration says (`aws:region`, `aws:profile`), else the SDK's own settings. */
export interface AwsPlace {
  readonly region?: string;
  readonly profile?: string;
}

/** The account and region that a decision is for. */
export type AwsBinding = Pick<Binding, "awsAccount" | "awsRegion">;

/** Asks AWS (STS, GetCallerIdentity) whose credentials these are, and tells the region that the SDK would take. */
export async function readAwsIdentity(
  place: AwsPlace,
): Promise<Required<AwsBinding> | { readonly unreachable: string }> {
  const { GetCallerIdentityCommand, STSClient } = await import("@aws-sdk/client-sts");
  const client = new STSClient({ region: place.region, profile: place.profile });
  try {
    const { Account: awsAccount } = await client.send(new GetCallerIdentityCommand({}));
    return awsAccount === undefined
      ? { unreachable: "AWS: sts:GetCallerIdentity tells no account" }
      : { awsAccount, awsRegion: await client.config.region() };
  } catch (error) {
    const explained = explainRefusal(error, "sts:GetCallerIdentity");
    if (explained instanceof UnreadableError) return { unreachable: explained.message };
    return { unreachable: `AWS: sts:GetCallerIdentity: ${error instanceof Error ? error.message : String(error)}` };
  } finally {
    client.destroy();
  }
}

/** Why a decision bound to one account and region is none for another, or null. What is not bound is not compared. */
export function awsMismatch(bound: AwsBinding, found: Required<AwsBinding>): string | null {
  const parts = [
    ["awsAccount", "account"],
    ["awsRegion", "region"],
  ] as const;
  const [part, what] = parts.find(([key]) => bound[key] !== undefined && bound[key] !== found[key]) ?? [];
  if (part === undefined) return null;
  return `boundTo.${part}: the decision is for AWS ${what} ${bound[part]}, this is ${found[part]}`;
}
