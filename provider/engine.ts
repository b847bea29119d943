import { connect } from "node:net";

/**
 * Whether the Pulumi engine that started this process is gone, as after a `kill -9`: it listens for as long as it runs.
 * False where no engine started it.
 */
export async function isEngineGone(argv: readonly string[] = process.argv): Promise<boolean> {
  const address = engineOf(argv);
  return address !== undefined && !(await listens(address));
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** A dynamic provider gets the engine's address as an argument, a program as `--engine`. */
function engineOf(argv: readonly string[]): Address | undefined {
  for (const argument of argv.slice(2)) {
    const [, host, port] = /^(?:--engine=)?(127\.0\.0\.1|localhost|\[::1\]):(\d+)$/.exec(argument) ?? [];
    if (host !== undefined) return { host: host === "[::1]" ? "::1" : host, port: Number(port) };
  }
  return undefined;
}

/** Only a refusal is a no: an engine that is slow to answer is there. */
function listens({ host, port }: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 });
    const end = (listening: boolean) => {
      socket.destroy();
      resolve(listening);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(true));
    socket.once("error", (error: NodeJS.ErrnoException) => end(error.code !== "ECONNREFUSED"));
  });
}
