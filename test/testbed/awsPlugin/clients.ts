import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { EC2Client } from "@aws-sdk/client-ec2";
import { ECSClient } from "@aws-sdk/client-ecs";
import { Route53Client } from "@aws-sdk/client-route-53";

export interface Clients {
  readonly autoScaling: AutoScalingClient;
  readonly ec2: EC2Client;
  readonly ecs: ECSClient;
  readonly route53: Route53Client;
}

/** Clients by the SDK's own environment; never without `AWS_ENDPOINT_URL`, so that no test meets a real account. */
export function connect(env: NodeJS.ProcessEnv = process.env): Clients {
  const endpoint = env.AWS_ENDPOINT_URL;
  if (!endpoint) throw new Error("the stand-in for tests asks moto: set AWS_ENDPOINT_URL");
  const settings = { endpoint, maxAttempts: 2 };
  return {
    autoScaling: new AutoScalingClient(settings),
    ec2: new EC2Client(settings),
    ecs: new ECSClient(settings),
    route53: new Route53Client(settings),
  };
}
