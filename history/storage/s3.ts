import { open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import type { S3Client } from "@aws-sdk/client-s3";
import { InputError } from "../../input/problems.js";
import { quoted } from "../parquet.js";
import { loadHttpfs } from "./httpfs.js";
import { connect, type S3Address } from "./s3Client.js";
import { isNamed, placeProblem, statusOf } from "./s3Problems.js";
import type { Storage, StoredObject } from "./storage.js";

export interface S3Options {
  /** DuckDB's httpfs extension on this machine: its file, or a folder of extensions. Downloaded where not given. */
  readonly extensions?: string | undefined;
}

/** Larger files are sent in parts of this size; a part is held in memory. S3 takes at most 10,000 of them. */
const partSize = 16 * 1024 * 1024;
const mostParts = 10_000;

/** Tries of a write that S3 refuses because another of the same name is under way. */
const conflictTries = 10;

/**
 * `s3://bucket/prefix` as storage. Region, credentials and endpoint are those of the AWS SDK's default chain.
 *
 * What nobody stored yet is stored by a conditional write (`If-None-Match: *`; Amazon S3 User Guide, "How to prevent
 * object overwrites with conditional writes"). A write whose answer was lost is sent again by the SDK and then refused:
 * what is there is compared, so that a writer that was first is told so.
 */
export function openS3(place: string, options: S3Options): Storage {
  const { bucket, prefix } = splitPlace(place);
  let connected: ReturnType<typeof connect> | undefined;
  const ask = async <T>(
    send: (client: S3Client, sdk: typeof import("@aws-sdk/client-s3"), address: S3Address) => Promise<T>,
  ): Promise<T> => {
    try {
      connected ??= connect(bucket);
      const { client, sdk, address } = await connected;
      return await send(client, sdk, address);
    } catch (error) {
      throw placeProblem(place, error);
    }
  };
  const named = (path: string) => ({ Bucket: bucket, Key: prefix + path });
  const uri = (path: string) => `s3://${bucket}/${prefix}${path}`;

  const read = (path: string) =>
    ask(async (client, sdk) => {
      try {
        const { Body } = await client.send(new sdk.GetObjectCommand(named(path)));
        return await Body?.transformToString("utf-8");
      } catch (error) {
        if (isNamed(error, "NoSuchKey")) return undefined;
        throw error;
      }
    });

  return {
    name: place,
    scratch: tmpdir(),
    uri,
    read,
    size: (path) =>
      ask(async (client, sdk) => {
        try {
          return (await client.send(new sdk.HeadObjectCommand(named(path)))).ContentLength;
        } catch (error) {
          if (isNamed(error, "NotFound", "NoSuchKey")) return undefined;
          throw error;
        }
      }),
    list: (folder) =>
      ask(async (client, sdk) => {
        const found: StoredObject[] = [];
        const below = { Bucket: bucket, Prefix: prefix + (folder === "" ? "" : `${folder}/`) };
        for await (const page of sdk.paginateListObjectsV2({ client }, below)) {
          for (const { Key = "", Size = 0, LastModified } of page.Contents ?? []) {
            found.push({ path: Key.slice(prefix.length), bytes: Size, modified: LastModified?.getTime() ?? 0 });
          }
        }
        return found;
      }),
    putIfAbsent: async (path, text) => {
      const stored = await ask(async (client, sdk) => {
        for (let attempt = 1; ; attempt++) {
          try {
            await client.send(new sdk.PutObjectCommand({ ...named(path), Body: text, IfNoneMatch: "*" }));
            return true;
          } catch (error) {
            if (statusOf(error) === 412) return false;
            if (statusOf(error) !== 409 || attempt === conflictTries) throw error;
            await pause(50 * attempt);
          }
        }
      });
      return stored || (await read(path)) === text;
    },
    put: async (path, file) => {
      await ask((client, sdk) => upload(client, sdk, named(path), file));
      await rm(file);
    },
    remove: (path) => ask(async (client, sdk) => void (await client.send(new sdk.DeleteObjectCommand(named(path))))),
    attach: async (database) => {
      await loadHttpfs(database, place, options.extensions);
      await ask(async (client, _, { host, isPathStyle, isSecure }) => {
        const { accessKeyId, secretAccessKey, sessionToken } = await client.config.credentials();
        const settings = [
          `TYPE s3, SCOPE ${quoted(`s3://${bucket}`)}, REGION ${quoted(await client.config.region())}`,
          `KEY_ID ${quoted(accessKeyId)}, SECRET ${quoted(secretAccessKey)}`,
          ...(sessionToken === undefined ? [] : [`SESSION_TOKEN ${quoted(sessionToken)}`]),
          `ENDPOINT ${quoted(host)}, URL_STYLE ${quoted(isPathStyle ? "path" : "vhost")}, USE_SSL ${isSecure}`,
        ];
        await database.run(`CREATE OR REPLACE SECRET firebreak (${settings.join(", ")})`);
      });
    },
  };
}

function splitPlace(place: string): { bucket: string; prefix: string } {
  const [, bucket = "", prefix = ""] = /^s3:\/\/([^/]*)\/?(.*)$/.exec(place) ?? [];
  const problems = [];
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    problems.push({ place: "history", message: `${place} names no bucket; expected s3://BUCKET/PREFIX` });
  }
  if (!/^[\w.=/-]*$/.test(prefix)) {
    const message = `${place}: the prefix may hold letters, digits and . _ - = / only; choose another`;
    problems.push({ place: "history", message });
  }
  if (problems.length > 0) throw new InputError(place, problems);
  const trimmed = prefix.replace(/\/+$/, "");
  return { bucket, prefix: trimmed === "" ? "" : `${trimmed}/` };
}

async function upload(
  client: S3Client,
  sdk: typeof import("@aws-sdk/client-s3"),
  target: { Bucket: string; Key: string },
  path: string,
): Promise<void> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const part = async (at: number, length: number) => {
      const buffer = Buffer.alloc(Math.min(length, size - at));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
      if (bytesRead < buffer.length) throw new Error(`${path} ended while it was sent`);
      return buffer;
    };
    if (size <= partSize) {
      await client.send(new sdk.PutObjectCommand({ ...target, Body: await part(0, size) }));
      return;
    }
    const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand(target));
    try {
      const length = Math.max(partSize, Math.ceil(size / mostParts));
      const Parts = [];
      for (let at = 0, PartNumber = 1; at < size; at += length, PartNumber++) {
        const Body = await part(at, length);
        const { ETag } = await client.send(new sdk.UploadPartCommand({ ...target, UploadId, PartNumber, Body }));
        Parts.push({ ETag, PartNumber });
      }
      await client.send(new sdk.CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }));
    } catch (error) {
      await client.send(new sdk.AbortMultipartUploadCommand({ ...target, UploadId })).catch(() => undefined);
      throw error;
    }
  } finally {
    await file.close();
  }
}
