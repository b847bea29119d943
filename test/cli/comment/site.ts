import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { type ApiDescription, checkExchange, type Exchange } from "./openapi/description.js";

/** A comment as a site stores it. */
export interface Stored {
  readonly id: number;
  readonly author: number;
  body: string;
  readonly system?: boolean;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly body: { readonly body?: unknown } | undefined;
}

/** How a kind of site answers; the store is the site's own. */
export interface SiteKind {
  readonly name: string;
  /** Path of the API below the host. */
  readonly base: string;
  readonly description: ApiDescription;
  /** Variables of a pipeline that runs for the pull request, for run `n`. */
  env(url: string, run?: number): NodeJS.ProcessEnv;
  answer(asked: Asked, store: Stored[]): Reply;
  /** Most bytes of a comment. */
  readonly limit: number;
}

/** The user that our tokens are of, and somebody else. */
export const self = 7;
export const person = 8;
export const token = "not-a-secret-but-a-token-0123";

export interface Site {
  readonly url: string;
  readonly store: Stored[];
  /** Requests that write, in order, as `POST`, `PATCH 3`. */
  readonly writes: string[];
  readonly exchanges: Exchange[];
  /** Asked before the site itself; what is given back is the answer. `handle` asks the site all the same. */
  before: ((asked: Asked, handle: () => Reply) => Reply | undefined) | undefined;
  /** What requests and answers have against the published description. */
  problems(): string[];
  close(): Promise<void>;
}

/** A site on loopback that stores comments, gives them in pages, and takes none that is too long. */
export async function startSite(kind: SiteKind): Promise<Site> {
  const store: Stored[] = [];
  const writes: string[] = [];
  const exchanges: Exchange[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      const { method = "", headers } = request;
      const url = new URL(request.url ?? "/", "http://site");
      const body = text === "" ? undefined : (JSON.parse(text) as Asked["body"]);
      const asked: Asked = { method, url, headers, body };
      let reply: Reply | undefined;
      const handle = (): Reply => {
        reply ??= kind.answer(asked, store);
        return reply;
      };
      if (method !== "GET") writes.push([method, /\/(\d+)$/.exec(url.pathname)?.[1]].filter(Boolean).join(" "));
      const answer = site.before?.(asked, handle) ?? handle();
      exchanges.push({ method, url, body, status: answer.status, answer: answer.body });
      response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
      response.end(answer.body === undefined ? undefined : JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const site: Site = {
    url: `http://127.0.0.1:${port}${kind.base}`,
    store,
    writes,
    exchanges,
    before: undefined,
    problems: () => exchanges.flatMap((exchange) => checkExchange(kind.description, exchange, kind.base)),
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
  return site;
}

let lastId = 100;

/** Stores a comment as if it had been posted by `author`. */
export function put(store: Stored[], author: number, body: string, system?: boolean): Stored {
  lastId++;
  const stored: Stored = { id: lastId, author, body, ...(system && { system }) };
  store.push(stored);
  return stored;
}

/** One page of what is stored, and the number of the next one, or null. */
export function pageOf<T>(items: readonly T[], { searchParams }: URL): { items: readonly T[]; next: number | null } {
  const size = Math.min(100, Number(searchParams.get("per_page") ?? 30));
  const page = Number(searchParams.get("page") ?? 1);
  return { items: items.slice((page - 1) * size, page * size), next: page * size < items.length ? page + 1 : null };
}
