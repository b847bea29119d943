import * as pulumi from "@pulumi/pulumi";
import type { AwsPlace } from "./awsPlace.js";

/** Where the stack's configuration has the AWS plugin ask, `aws:region` and `aws:profile`: Firebreak asks there too. */
export function configuredAws(): AwsPlace {
  const config = new pulumi.Config("aws");
  const [region, profile] = [config.get("region"), config.get("profile")];
  return { ...(region !== undefined && { region }), ...(profile !== undefined && { profile }) };
}
