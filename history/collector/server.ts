import { createHash, timingSafeEqual } from "node:crypto";
import { createServer as createPlain, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecure } from "node:https";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { Batches } from "./batches.js";
import { type Body, BodyError, readBody } from "./body.js";

export interface CollectorOptions {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  /** PEM; without it plain HTTP is spoken. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
  /** Bytes of a body as sent, and uncompressed. */
  readonly bodyLimit: number;
  readonly batches: Batches;
  readonly log: (line: string) => void;
}

/** A server that listens. */
export interface Collector {
  readonly url: string;
  /** Takes no new bodies, answers those it has, and ends. */
  readonly close: () => Promise<void>;
}

/** Times that a body may expand by; its limit uncompressed is this many times that of what is sent. */
const expansion = 8;

/** Flows that may wait for their commit; beyond, senders are asked to come again. */
const mostWaiting = 1_000_000;

/** Seconds after which a sender that was sent away may come again. */
const comeAgain = 5;

const unpack = promisify(gunzip);

/** An answer that is no success. */
class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly problems: readonly string[] = [],
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/**
 * Listens for bodies of probes: `POST /v1/flows` with a bearer token, JSON Lines, gzip or not. Answers 200 only when the
 * flows are on the disk. `GET /healthz` needs no token.
 * @throws where it cannot listen
 */
export async function openCollector(options: CollectorOptions): Promise<Collector> {
  const state = { closing: false };
  const handler = (request: IncomingMessage, response: ServerResponse) => {
    void answer(request, response, options, state);
  };
  const timeouts = { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 75_000 };
  const server: Server = options.tls
    ? createSecure({ ...timeouts, ...options.tls, minVersion: "TLSv1.2" }, handler)
    : createPlain(timeouts, handler);
  await new Promise<void>((listens, failed) => {
    server.once("error", failed);
    server.listen(options.port, options.host, listens);
  });
  const { address, port, family } = server.address() as AddressInfo;
  const host = family === "IPv6" ? `[${address}]` : address;
  return {
    url: `${options.tls ? "https" : "http"}://${host}:${port}`,
    close: async () => {
      state.closing = true;
      const closed = new Promise((done) => server.close(done));
      server.closeIdleConnections();
      await options.batches.close();
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 2000).unref();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: CollectorOptions,
  state: { readonly closing: boolean },
): Promise<void> {
  try {
    const path = (request.url ?? "").split("?")[0];
    if (path === "/healthz") return reply(response, 200, { status: state.closing ? "closing" : "ok" });
    if (path !== "/v1/flows") throw new Refusal(404, "is not known here; send to /v1/flows");
    if (request.method !== "POST") throw new Refusal(405, "expected POST", [], { allow: "POST" });
    checkToken(request, options.token);
    if (state.closing) throw new Refusal(503, "is closing; come again", [], { "retry-after": String(comeAgain) });
    if (options.batches.waiting() > mostWaiting) {
      throw new Refusal(429, "has too much to store; come again", [], { "retry-after": String(comeAgain) });
    }
    const body = await receive(request, options.bodyLimit);
    const isNew = await store(body, options);
    reply(response, 200, { id: body.id, flows: body.flows.length, alreadyStored: !isNew });
  } catch (error) {
    if (response.headersSent || response.destroyed) return;
    const refusal = error instanceof Refusal ? error : new Refusal(500, "failed; its log says why");
    if (refusal !== error) options.log(`failed: ${error instanceof Error ? error.stack : error}`);
    // What is not read of the body would be taken for the next request.
    const close: Record<string, string> = request.complete ? {} : { connection: "close" };
    const { status, message, problems, headers } = refusal;
    reply(response, status, { error: message, ...(problems.length > 0 ? { problems } : {}) }, { ...headers, ...close });
  }
}

async function store(body: Body, { batches, log }: CollectorOptions): Promise<boolean> {
  try {
    return await batches.add(body);
  } catch (error) {
    log(`cannot store: ${error instanceof Error ? error.message : error}`);
    throw new Refusal(503, "cannot store now; come again", [], { "retry-after": String(comeAgain) });
  }
}

/** Both sides are hashed first, so that the comparison takes as long whatever was sent, its length too. */
function checkToken(request: IncomingMessage, token: string): void {
  const sent = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? "")?.[1] ?? "";
  const hash = (text: string) => createHash("sha256").update(text).digest();
  if (timingSafeEqual(hash(sent), hash(token))) return;
  throw new Refusal(401, "expected the collector's token: Authorization: Bearer TOKEN", [], {
    "www-authenticate": "Bearer",
  });
}

async function receive(request: IncomingMessage, limit: number): Promise<Body> {
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding !== "gzip" && encoding !== "identity") throw new Refusal(415, "expected Content-Encoding gzip or none");
  const tooLarge = new Refusal(413, `is too large; send at most ${limit} bytes, ${limit * expansion} uncompressed`);
  if (Number(request.headers["content-length"] ?? 0) > limit) throw tooLarge;
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > limit) throw tooLarge;
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(400, "the body ended too early");
  }
  const sent = Buffer.concat(chunks);
  try {
    return readBody(encoding === "gzip" ? await unpack(sent, { maxOutputLength: limit * expansion }) : sent);
  } catch (error) {
    if (error instanceof BodyError) throw new Refusal(400, "is broken; nothing of it was stored", error.problems);
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ERR_BUFFER_TOO_LARGE") throw tooLarge;
    if (code?.startsWith("Z_")) throw new Refusal(400, "is no whole gzip stream");
    throw error;
  }
}

function reply(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(`${JSON.stringify(body)}\n`);
}
