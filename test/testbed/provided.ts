import { createServer, get } from "node:http";
import type { Kubectl } from "./cluster.js";

/** What a test suite may need: the engine, a cluster that answers, the provider that speaks to it. */
export const needs = ["pulumi", "cluster", "kubernetesProvider"] as const;
export type Need = (typeof needs)[number];

/** What a run of the tests has, as it travels from the process that starts it to the processes that run the tests. */
export interface Provided {
  /** Goes before PATH: folders joined as in PATH; "" where all is there already. */
  readonly bin: string;
  /** Path of the `kube` binary, or null. */
  readonly kube: string | null;
  /** Path of the administrator's kubeconfig, or null. */
  readonly kubeconfig: string | null;
  /** Why each missing part is missing, with the remedy. */
  readonly missing: Readonly<Partial<Record<Need, string>>>;
  /** A folder for the run's files, removed at its end. */
  readonly scratch: string;
}

/** What a test sees of it. */
export interface Testbed extends Omit<Provided, "missing" | "kube"> {
  readonly kubectl: Kubectl;
  /** One line for each missing part: its name and why. */
  readonly missing: readonly string[];
}

declare module "vitest" {
  interface ProvidedContext {
    /** Path of the socket on which the testbed is asked for. */
    testbedSocket: string;
  }
}

/** Answers every request on `socket` with what `provide` returns; it is called once, on the first. */
export async function serveProvided(socket: string, provide: () => Promise<Provided>): Promise<() => void> {
  let provided: Promise<Provided> | undefined;
  const server = createServer((_, response) => {
    provided ??= provide();
    provided.then(
      (value) => response.end(JSON.stringify(value)),
      (error: Error) => response.writeHead(500).end(error.stack ?? error.message),
    );
  });
  server.requestTimeout = 0; // a first build takes minutes
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(socket, resolve));
  return () => {
    server.close();
    server.closeAllConnections();
  };
}

/** Asks on `socket`, and waits while parts are built and the cluster starts. */
export function askProvided(socket: string): Promise<Provided> {
  return new Promise((resolve, reject) => {
    const request = get({ socketPath: socket, path: "/" }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => {
        if (response.statusCode === 200) resolve(JSON.parse(body) as Provided);
        else reject(new Error(`testbed: ${body}`));
      });
    });
    request.on("error", reject);
  });
}
