import { CreateBucketCommand, ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { expect, it } from "vitest";
import { describeWithMoto, findMoto } from "./moto.js";

it("says that it was switched off, where it was", async () => {
  expect(await findMoto({ FIREBREAK_TESTBED: "off" })).toEqual({
    missing: "switched off by FIREBREAK_TESTBED=off: unset it",
  });
});

await describeWithMoto("the moto server", (moto) => {
  it("answers as AWS does, remembers, and forgets when it is reset", async () => {
    const s3 = new S3Client({
      endpoint: moto().endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      forcePathStyle: true,
    });
    const buckets = async () => ((await s3.send(new ListBucketsCommand({}))).Buckets ?? []).map((b) => b.Name);
    await s3.send(new CreateBucketCommand({ Bucket: "history" }));
    expect(await buckets()).toEqual(["history"]);
    await moto().reset();
    expect(await buckets()).toEqual([]);
    s3.destroy();
  });
});
