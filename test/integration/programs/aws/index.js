// AWS resources that Firebreak may and may not change. They are declared without `@pulumi/aws`, which is large and runs a
// download when installed: what reaches the engine is the same. What is there before them comes from the environment.
import * as pulumi from "@pulumi/pulumi";
import { applyDecision } from "firebreak";

const firebreak = applyDecision();
const { subnets, launchTemplate, cluster, taskDefinition, hostedZone } = JSON.parse(process.env.AWS_GROUND);
const note = process.env.APP_NOTE ?? "first";

function group(name, { desiredCapacity = 2, minSize = 1, maxSize = 4, tags = [], ...opts } = {}) {
  const written = {
    ...{ name, minSize, maxSize, desiredCapacity },
    launchTemplate: { id: launchTemplate, version: "$Latest" },
    vpcZoneIdentifiers: subnets,
    tags: [{ key: "note", value: note, propagateAtLaunch: false }, ...tags],
  };
  return new pulumi.CustomResource("aws:autoscaling/group:Group", name, { arn: undefined, ...written }, opts);
}

function record(name, address) {
  return new pulumi.CustomResource("aws:route53/record:Record", name, {
    ...{ zoneId: hostedZone, name: "shop.example.org", type: "A", ttl: 60, records: [address] },
    ...{ setIdentifier: name, weightedRoutingPolicies: [{ weight: 100 }] },
  });
}

group("web");
group("elastic", { ignoreChanges: ["desiredCapacity"] });
group("full", { maxSize: 2 });
group("kept", { protect: true });
group("opted-out", { tags: [{ key: "firebreak.dev/ignore", value: "true", propagateAtLaunch: false }] });
group("secret", { desiredCapacity: pulumi.secret(2) });
new pulumi.CustomResource("aws:ecs/service:Service", "api", {
  ...{ arn: undefined, name: "api", cluster, taskDefinition, desiredCount: 2, launchType: "EC2" },
});
record("blue", "10.7.0.10");
record("green", "10.7.1.10");

export const decision = firebreak.decisionId;
