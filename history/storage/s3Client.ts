import type { S3Client } from "@aws-sdk/client-s3";

/** Where a bucket is asked, as DuckDB wants to be told. */
export interface S3Address {
  /** Host and port, without the bucket. */
  readonly host: string;
  /** Whether the bucket is in the path (`host/bucket/key`) and not in the host's name (`bucket.host/key`). */
  readonly isPathStyle: boolean;
  readonly isSecure: boolean;
}

/**
 * A client of the AWS SDK by its default chain (environment, shared configuration, SSO, container and instance roles).
 * The SDK is loaded here and not before: it is large, and a history in a folder needs none of it.
 */
export async function connect(
  bucket: string,
): Promise<{ client: S3Client; sdk: typeof import("@aws-sdk/client-s3"); address: S3Address }> {
  const sdk = await import("@aws-sdk/client-s3");
  const usual = new sdk.S3Client({});
  const address = await addressOf(usual, sdk, bucket);
  if (/\.amazonaws\.com(\.cn)?$/.test(address.host)) return { client: usual, sdk, address };
  // A server of one's own (MinIO, Ceph) rarely has a host name for each bucket.
  const client = new sdk.S3Client({ forcePathStyle: true });
  return { client, sdk, address: await addressOf(client, sdk, bucket) };
}

/** Asks the SDK where it would send a request, without sending it: only it knows every place that sets an endpoint. */
async function addressOf(
  client: S3Client,
  sdk: typeof import("@aws-sdk/client-s3"),
  bucket: string,
): Promise<S3Address> {
  let address: S3Address | undefined;
  const command = new sdk.HeadBucketCommand({ Bucket: bucket });
  command.middlewareStack.add(
    () => async (args) => {
      const request = args.request as { protocol: string; hostname: string; port?: number };
      const isPathStyle = !request.hostname.startsWith(`${bucket}.`);
      const host = isPathStyle ? request.hostname : request.hostname.slice(bucket.length + 1);
      address = {
        host: request.port === undefined ? host : `${host}:${request.port}`,
        isPathStyle,
        isSecure: request.protocol === "https:",
      };
      return { response: undefined, output: { $metadata: {} } };
    },
    { step: "build", name: "firebreakAddress" },
  );
  await client.send(command);
  if (address === undefined) throw new Error("the AWS SDK did not say where it sends requests");
  return address;
}
