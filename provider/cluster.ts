import { existsSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { KubeConfig } from "@kubernetes/client-node";

/** A Kubernetes API server and the credentials to speak to it. */
export interface Cluster {
  readonly config: KubeConfig;
  readonly context: string;
  readonly server: string;
}

export interface Unreachable {
  /** Why, for people. */
  readonly unreachable: string;
}

/** What the API server answered; `body` is its JSON, or the text where it is none. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface Request {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** For example `/api/v1/namespaces/kube-system`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
  /** Milliseconds. */
  readonly timeout?: number;
  /** Who asks, as `User-Agent`. */
  readonly agent?: string;
}

/** The API server did not answer. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

/**
 * Opens the cluster that `KUBECONFIG`, the default kubeconfig or the pod's service account names; `context` chooses
 * another than the current one. Nothing is sent yet.
 */
export function openCluster(options: { readonly context?: string } = {}): Cluster | Unreachable {
  const named = process.env.KUBECONFIG;
  if (named && !named.split(process.platform === "win32" ? ";" : ":").some((file) => existsSync(file))) {
    return { unreachable: `KUBECONFIG names ${named}, which does not exist: correct it or unset it` };
  }
  const config = new KubeConfig();
  try {
    config.loadFromDefault();
  } catch (error) {
    return { unreachable: `the kubeconfig cannot be read: ${messageOf(error)}` };
  }
  if (options.context !== undefined) {
    if (config.getContextObject(options.context) === null) {
      const known = config.getContexts().map((c) => c.name);
      return { unreachable: `the kubeconfig has no context ${options.context}; it has ${known.join(", ") || "none"}` };
    }
    config.setCurrentContext(options.context);
  }
  const server = config.getCurrentCluster()?.server;
  // Where it finds nothing the client falls back to a made-up localhost:8080.
  if (server === undefined || config.getCurrentContext() === "loaded-context") {
    return { unreachable: "no kubeconfig was found: set KUBECONFIG to one" };
  }
  return { config, context: config.getCurrentContext(), server };
}

/**
 * Sends one request. Every status is an answer; only silence throws.
 * @throws UnreachableError
 */
export async function ask({ config, server }: Cluster, request: Request): Promise<Answer> {
  const timeout = request.timeout ?? 10_000;
  const url = new URL(server.replace(/\/$/, "") + request.path);
  for (const [key, value] of Object.entries(request.query ?? {})) url.searchParams.set(key, value);
  const content = request.body === undefined ? undefined : JSON.stringify(request.body);
  const options: https.RequestOptions = {
    method: request.method ?? "GET",
    headers: {
      Accept: "application/json",
      ...(request.agent === undefined ? {} : { "User-Agent": request.agent }),
      ...(content === undefined
        ? {}
        : { "Content-Type": request.contentType ?? "application/json", "Content-Length": Buffer.byteLength(content) }),
    },
    signal: AbortSignal.timeout(timeout),
  };
  try {
    await config.applyToHTTPSOptions(options);
    return await send(url, options, content);
  } catch (error) {
    const late = error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError");
    throw new UnreachableError(
      `${server} ${late ? `did not answer within ${timeout / 1000} s` : `cannot be reached: ${messageOf(error)}`}`,
    );
  }
}

function send(url: URL, options: https.RequestOptions, content: string | undefined): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "http:" ? http : https).request(url, options, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: parse(text) }));
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(content);
  });
}

/**
 * Reads the UID of the `kube-system` namespace, which tells one cluster from every other, within `timeout` ms.
 * Never throws.
 */
export async function readClusterUid(
  cluster: Cluster | Unreachable,
  timeout = 10_000,
): Promise<{ readonly uid: string } | Unreachable> {
  if ("unreachable" in cluster) return cluster;
  try {
    const { status, body } = await ask(cluster, { path: "/api/v1/namespaces/kube-system", timeout });
    const uid = (body as { metadata?: { uid?: unknown } } | null)?.metadata?.uid;
    if (status === 200 && typeof uid === "string") return { uid };
    return { unreachable: `${cluster.server} does not show the namespace kube-system: ${reasonOf({ status, body })}` };
  } catch (error) {
    if (error instanceof UnreachableError) return { unreachable: error.message };
    throw error;
  }
}

/** What the API server said of a request that it did not carry out. */
export function reasonOf({ status, body }: Answer): string {
  const message = (body as { message?: unknown } | null)?.message;
  return typeof message === "string" ? message : `HTTP ${status}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}
