import { readFile } from "node:fs/promises";
import { Agent as PlainAgent, request as plain } from "node:http";
import { Agent, request as secure } from "node:https";
import { createSecureContext } from "node:tls";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Delivered, Receiver } from "./deliver.js";

export interface CollectorClientOptions {
  /** `https://host:port`; `http` is for a collector on this host. */
  readonly url: URL;
  /** Asked at every delivery, so that a new token is taken without a restart. */
  readonly token: () => Promise<string>;
  /** PEM of who signed the collector's certificate, where that is no public authority. */
  readonly ca?: Buffer;
}

/** Seconds that the collector may take: it answers after its commit. */
const timeout = 30;

const pack = promisify(gzip);

/** Sends bodies to a collector. What it will never take (400, 413) is refused; everything else may pass. */
export function openCollectorClient({ url, token, ca }: CollectorClientOptions): Receiver {
  const isPlain = url.protocol === "http:";
  // One context for all deliveries: each holds its certificates outside the heap until it is collected.
  const agent = isPlain ? new PlainAgent() : new Agent({ secureContext: createSecureContext({ ca }) });
  return {
    most: 1,
    deliver: async ([path = ""], signal): Promise<Delivered> => {
      const body = await pack(await readFile(path));
      const headers = {
        authorization: `Bearer ${await token()}`,
        "content-type": "application/x-ndjson",
        "content-encoding": "gzip",
        "content-length": body.length,
      };
      const within = AbortSignal.any([signal, AbortSignal.timeout(timeout * 1000)]);
      const { status, text } = await new Promise<{ status: number; text: string }>((answered, failed) => {
        const send = isPlain ? plain : secure;
        const request = send(
          new URL("/v1/flows", url),
          { method: "POST", headers, agent, signal: within },
          (response) => {
            let text = "";
            response.setEncoding("utf8");
            response.on("data", (chunk: string) => {
              if (text.length < 10_000) text += chunk;
            });
            response.on("end", () => answered({ status: response.statusCode ?? 0, text }));
            response.on("error", failed);
          },
        );
        request.on("error", failed);
        request.end(body);
      });
      if (status === 200) return "stored";
      const reason = `the collector answered ${status} ${text.trim().slice(0, 300)}`;
      if (status === 400 || status === 413) return { refused: reason };
      throw new Error(reason);
    },
  };
}
