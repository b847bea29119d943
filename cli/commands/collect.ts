import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { openBatches } from "../../history/collector/batches.js";
import { type Body, readBody } from "../../history/collector/body.js";
import { openCollector } from "../../history/collector/server.js";
import { storeBodies } from "../../history/collector/storeBodies.js";
import { openStoredIds, type StoredIds } from "../../history/collector/storedIds.js";
import { sweepLeftovers } from "../../history/leftovers.js";
import type { Storage } from "../../history/storage/storage.js";
import { InputError, type Problem, show, throwProblems } from "../../input/problems.js";
import type { Call, Command } from "../command.js";
import { readConfig } from "../config.js";
import { bytes } from "../flags.js";
import { historyOf } from "../historyPlace.js";
import type { Terminal } from "../output.js";
import { readFlagFile, readToken } from "../token.js";

/** Stores bodies with the clock and the interval of this run. */
type Store = (stored: StoredIds, bodies: readonly Body[]) => ReturnType<typeof storeBodies>;

/** Milliseconds for which bodies are gathered into one file. */
const gather = 1000;

export const collect: Command = {
  declare: (command) =>
    command
      .option("--into <place>", "history to write: a folder or s3://bucket/prefix (default: the configured one)")
      .option("--listen <host:port>", "address to listen on", "127.0.0.1:7450")
      .option("--token-file <file>", "file with the token that probes must send (else FIREBREAK_TOKEN)")
      .option("--tls-cert <file>", "PEM certificate, with its chain")
      .option("--tls-key <file>", "PEM key of the certificate")
      .option("--insecure", "listen without TLS on an address that others can reach")
      .option("--body-limit <bytes>", "largest body, as sent", bytes, 8 * 2 ** 20)
      .option("--config <file>", "configuration (default: firebreak.yaml here, where there is one)"),
  run: async (call) => {
    const { terminal, args, flags } = call;
    const config = readConfig(flags.config as string | undefined, terminal.cwd);
    const storage = historyOf(terminal, config, flags.into);
    const files = args.filter((file) => file !== undefined).map((file) => resolve(terminal.cwd, file));
    const store: Store = (stored, bodies) =>
      storeBodies(storage, stored, bodies, terminal.now() * 1000, config.graph.interval);
    if (files.length > 0) await storeFiles(storage, store, files, terminal);
    else await listen(storage, store, call);
    return undefined;
  },
};

/** Stores spooled files together. @throws InputError naming the broken ones, after the others are stored */
async function storeFiles(storage: Storage, store: Store, files: readonly string[], terminal: Terminal): Promise<void> {
  const bodies: Body[] = [];
  const problems: Problem[] = [];
  for (const file of files) {
    try {
      bodies.push(readBody(readFileSync(file)));
    } catch (error) {
      problems.push({ place: file, message: `${(error as Error).message}; remove it` });
    }
  }
  const fresh = await store(await openStoredIds(storage), bodies);
  await sweepLeftovers(storage, terminal.now() * 1000);
  terminal.out(`stored ${fresh.size} of ${files.length} files in ${storage.name}\n`);
  throwProblems("collect", problems);
}

async function listen(storage: Storage, store: Store, { terminal, flags }: Call): Promise<void> {
  const log = (line: string) => terminal.err(`firebreak collect: ${line}\n`);
  const near = (file: unknown) => resolve(terminal.cwd, String(file));
  const { host, port } = addressOf(String(flags.listen));
  const token = readToken(flags.tokenFile === undefined ? undefined : near(flags.tokenFile), terminal);
  const tls = tlsOf(flags, near);
  const isHere = host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
  if (tls === undefined && !isHere && !flags.insecure) {
    const message = `${show(host)} can be reached from outside: give --tls-cert and --tls-key, or say --insecure`;
    throw new InputError("collect", [{ place: "--listen", message }]);
  }
  const stored = await openStoredIds(storage);
  await sweepLeftovers(storage, terminal.now() * 1000);
  const batches = openBatches(
    () => delay(gather),
    (bodies) => store(stored, bodies),
  );
  const collector = await openCollector({ host, port, token, tls, bodyLimit: Number(flags.bodyLimit), batches, log });
  log(`listens on ${collector.url}, stores in ${storage.name}`);
  await new Promise<void>((end) => terminal.onEnd(end));
  await collector.close();
}

function tlsOf(flags: Call["flags"], near: (file: unknown) => string) {
  if ((flags.tlsCert === undefined) !== (flags.tlsKey === undefined)) {
    throw new InputError("collect", [{ place: "--tls-cert, --tls-key", message: "expected both or none" }]);
  }
  if (flags.tlsCert === undefined) return undefined;
  return {
    cert: readFlagFile("--tls-cert", near(flags.tlsCert)),
    key: readFlagFile("--tls-key", near(flags.tlsKey)),
  };
}

function addressOf(text: string): { host: string; port: number } {
  const [, host = "", port = ""] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  if (bare !== "" && Number(port) <= 65_535) return { host: bare, port: Number(port) };
  throw new InputError("collect", [{ place: "--listen", message: `${show(text)}: expected HOST:PORT` }]);
}
