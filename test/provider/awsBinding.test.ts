import { describe, expect, it } from "vitest";
import { readAwsBinding } from "../../provider/awsBinding.js";
import { awsMismatch } from "../../provider/awsPlace.js";

const group = "aws:autoscaling/group:Group";
const bucket = "aws:s3/bucket:Bucket";
const arn = (service: string, region: string, account: string) => `arn:aws:${service}:${region}:${account}:thing/x`;

function stateOf(...resources: readonly (readonly [type: string, arn?: string])[]) {
  return {
    version: 3,
    deployment: {
      resources: resources.map(([type, outputArn], i) => ({
        urn: `urn:pulumi:dev::shop::${type}::r${i}`,
        type,
        outputs: { arn: outputArn },
      })),
    },
  };
}

describe("the account and region of a stack", () => {
  const web = [group, arn("autoscaling", "eu-west-1", "1")] as const;
  it.each<[string, unknown, object]>([
    ["are those of the ARNs", stateOf(web), { awsAccount: "1", awsRegion: "eu-west-1" }],
    [
      "are not those of what has no region",
      stateOf(web, [bucket, arn("s3", "", "")], ["aws:route53/record:Record"]),
      { awsAccount: "1", awsRegion: "eu-west-1" },
    ],
    [
      "are not those of what is never changed",
      stateOf(web, [bucket, arn("sqs", "us-east-1", "1")]),
      { awsAccount: "1", awsRegion: "eu-west-1" },
    ],
    ["leave out a region where there are two", stateOf(web, [group, arn("x", "us-east-1", "1")]), { awsAccount: "1" }],
    ["are not told before the first update", stateOf([group]), {}],
    ["are not asked for where nothing may change", stateOf([bucket, arn("sqs", "eu-west-1", "1")]), {}],
  ])("%s", (_, state, binding) => {
    expect(readAwsBinding(state)).toEqual(binding);
  });

  it("are compared with those of a decision, as far as it is bound", () => {
    const here = { awsAccount: "1", awsRegion: "eu-west-1" };
    expect(awsMismatch({}, here)).toBeNull();
    expect(awsMismatch(here, here)).toBeNull();
    expect(awsMismatch({ ...here, awsRegion: "us-east-1" }, here)).toMatch(
      /awsRegion: the decision is for AWS region us/,
    );
    expect(awsMismatch({ ...here, awsAccount: "2" }, here)).toMatch(/awsAccount: the decision is for AWS account 2/);
  });
});
