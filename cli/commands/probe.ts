import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Receiver } from "../../history/probe/deliver.js";
import { observerName } from "../../history/probe/observer.js";
import { openPoller } from "../../history/probe/poller.js";
import { type Clock, runProbe } from "../../history/probe/probe.js";
import { openSpool } from "../../history/probe/spool.js";
import { InputError, type Problem, show, throwProblems } from "../../input/problems.js";
import type { Call, Command } from "../command.js";
import { bytes, wholeSeconds } from "../flags.js";
import { readFlagFile, readToken } from "../token.js";

/** What a process of its own takes to store is worth waiting for: more windows come into one file. */
const storeEvery = 300;

export const probe: Command = {
  declare: (command) =>
    command
      .option("--into <dir>", "history to write")
      .option("--collector <url>", "collector to send to, https://HOST:PORT")
      .option("--token-file <file>", "file with the collector's token (else FIREBREAK_TOKEN)")
      .option("--ca <file>", "PEM certificate of who signed the collector's")
      .option("--interval <duration>", "between two looks at the connections", wholeSeconds, 5)
      .option("--window <duration>", "that one flow stands for", wholeSeconds, 60)
      .option("--recount <duration>", "after which a connection that stays open counts again", wholeSeconds, 3600)
      .option("--spool <dir>", "keeps what is not delivered yet", ".firebreak/spool")
      .option("--spool-limit <bytes>", "most that the spool may take", bytes, 64 * 2 ** 20)
      .option("--own-namespace", "leave the network namespaces of containers alone")
      .option("--loopback", "count what processes of this host say to each other too")
      .option("--once", "look once, deliver, and end (for cron)"),
  run: async (call) => {
    const { terminal, flags } = call;
    requireLinux();
    const receiver = await receiverOf(call);
    const spool = await openSpool(resolve(terminal.cwd, String(flags.spool)), Number(flags.spoolLimit));
    const ending = new AbortController();
    terminal.onEnd(() => ending.abort());
    await runProbe({
      observer: observerName(),
      openPoller: (onConnection) =>
        openPoller({
          proc: "/proc",
          allNamespaces: !flags.ownNamespace,
          recount: Number(flags.recount),
          loopback: Boolean(flags.loopback),
          onConnection,
        }),
      spool,
      receiver,
      interval: Number(flags.interval),
      window: Number(flags.window),
      deliverEvery: flags.into === undefined ? Math.min(10, Number(flags.window)) : storeEvery,
      once: Boolean(flags.once),
      clock: { now: terminal.now, sleep, random: Math.random },
      signal: ending.signal,
      log: (line) => terminal.err(`firebreak probe: ${line}\n`),
    });
    return undefined;
  },
};

const sleep: Clock["sleep"] = (seconds, signal) => delay(seconds * 1000, undefined, { signal }).catch(() => undefined);

function requireLinux(): void {
  if (existsSync("/proc/self/net/tcp")) return;
  const message = "expected Linux's /proc/net/tcp; on another system, ingest what its flow logs say";
  throw new InputError("probe", [{ place: "/proc", message }]);
}

/** Each receiver's libraries are loaded only where it is asked for: a probe that sends needs no more than it must. */
async function receiverOf({ terminal, flags }: Call): Promise<Receiver> {
  if ((flags.into === undefined) === (flags.collector === undefined)) {
    throw new InputError("probe", [{ place: "--into, --collector", message: "expected one of the two" }]);
  }
  if (flags.into !== undefined) {
    const { openHistoryReceiver } = await import("../../history/probe/historyReceiver.js");
    const program = process.argv[1] ?? "";
    const place = String(flags.into);
    const into = place.startsWith("s3://") ? place : resolve(terminal.cwd, place);
    return openHistoryReceiver([process.execPath, ...process.execArgv, program, "collect", "--into", into, "--"]);
  }
  const url = collectorUrl(String(flags.collector));
  const file = flags.tokenFile === undefined ? undefined : resolve(terminal.cwd, String(flags.tokenFile));
  readToken(file, terminal);
  const ca = flags.ca === undefined ? undefined : readFlagFile("--ca", resolve(terminal.cwd, String(flags.ca)));
  const { openCollectorClient } = await import("../../history/probe/collectorClient.js");
  return openCollectorClient({ url, token: async () => readToken(file, terminal), ca });
}

function collectorUrl(text: string): URL {
  const problems: Problem[] = [];
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const place = "--collector";
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    problems.push({ place, message: `${show(text)}: expected https://HOST:PORT` });
  } else if (url.protocol === "http:" && !/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)) {
    problems.push({ place, message: `${show(text)}: expected https, so that nobody on the way reads the token` });
  }
  throwProblems("probe", problems);
  return url as URL;
}
