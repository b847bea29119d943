import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll } from "vitest";
import type { Moto } from "../../testbed/moto.js";

const credentials = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test", AWS_REGION: "us-east-1" };

/** What the AWS SDK reads from the environment to ask `moto`, and nothing of this machine's own configuration. */
export const awsOf = (moto: Moto): NodeJS.ProcessEnv => ({ ...credentials, AWS_ENDPOINT_URL_S3: moto.endpoint });

/** Makes this process ask moto while its tests run, and a bucket for them. */
export function useBucket(moto: () => Moto, bucket: string): void {
  const before = { ...process.env };
  beforeAll(async () => {
    Object.assign(process.env, awsOf(moto()));
    const client = new S3Client({ forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    client.destroy();
  });
  afterAll(() => {
    for (const name of Object.keys(awsOf(moto()))) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  });
}
