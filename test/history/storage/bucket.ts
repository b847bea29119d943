import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, it } from "vitest";
import { findHttpfs } from "../../testbed/httpfs.js";
import { describeWithMoto, type Moto } from "../../testbed/moto.js";

const credentials = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test", AWS_REGION: "us-east-1" };

/** What the AWS SDK reads from the environment to ask `moto`, and nothing of this machine's own configuration. */
const awsOf = (moto: Moto): NodeJS.ProcessEnv => ({ ...credentials, AWS_ENDPOINT_URL_S3: moto.endpoint });

/**
 * A suite that needs S3 and a DuckDB that reads it: this process asks moto while its tests run, and `bucket` is there.
 * Where one of them cannot be had the suite is skipped aloud, with the reason; with CI=true it fails.
 */
export async function describeWithS3(
  title: string,
  bucket: string,
  suite: (extensions: string) => void,
): Promise<void> {
  const httpfs = await findHttpfs();
  if ("missing" in httpfs) {
    if (process.env.CI === "true") {
      describe(title, () => {
        it("has DuckDB's httpfs", () => {
          throw new Error(`CI=true asks for every part, but: httpfs: ${httpfs.missing}`);
        });
      });
      return;
    }
    console.warn(`skipped: ${title}: no httpfs: ${httpfs.missing}`);
    describe.skip(`${title} (skipped: no httpfs)`, () => suite(""));
    return;
  }
  await describeWithMoto(title, (moto) => {
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
    suite(httpfs.extensions);
  });
}
