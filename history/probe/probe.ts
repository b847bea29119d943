import { deliverAll, pauseAfter, type Receiver } from "./deliver.js";
import type { Poller } from "./poller.js";
import type { Spool } from "./spool.js";
import type { CountedConnection } from "./tracker.js";
import { openWindow, type Window } from "./window.js";

/** Time and chance, so that tests bring their own. */
export interface Clock {
  /** Unix seconds. */
  readonly now: () => number;
  /** Waits; ends early, without an error, where the signal is aborted. */
  readonly sleep: (seconds: number, signal: AbortSignal) => Promise<void>;
  /** 0 to 1. */
  readonly random: () => number;
}

export interface ProbeOptions {
  readonly observer: string;
  readonly openPoller: (onConnection: (connection: CountedConnection, namespace: number | undefined) => void) => Poller;
  readonly spool: Spool;
  readonly receiver: Receiver;
  /** Seconds between two polls, of a window, and between two deliveries. */
  readonly interval: number;
  readonly window: number;
  readonly deliverEvery: number;
  /** Poll once, deliver, and end. */
  readonly once: boolean;
  readonly clock: Clock;
  /** Ends the probe: what was counted is put on the disk, and delivered where that works at once. */
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** Seconds that a probe which is asked to end still tries to deliver. */
const lastTry = 10;

/**
 * Polls, and delivers beside it, until it is told to end. Everything that a window counted is on the disk before it is delivered,
 * and goes from there only once the receiver has it: a probe that is killed loses the window under way and no more.
 * @throws where polling or the spool fails, or, with `once`, where nothing could be delivered
 */
export async function runProbe(options: ProbeOptions): Promise<void> {
  const { clock, spool, signal, log } = options;
  let window: Window = openWindow(options.observer, clock.now(), options.window);
  const poller = options.openPoller((connection, namespace) => window.add(connection, namespace));
  const flush = async () => {
    const body = window.text();
    if (body === "") return;
    const dropped = await spool.put(body, window.start);
    if (dropped > 0) log(`the spool is full: dropped the ${dropped} oldest of its windows`);
  };
  const ended = new AbortController();
  const delivery = options.once ? Promise.resolve() : keepDelivering(options, ended.signal);
  try {
    while (!signal.aborted) {
      const time = clock.now();
      // A clock that was set back begins a new window too: the old one would not end for long.
      if (time >= window.end || time < window.start) {
        await flush();
        window = openWindow(options.observer, time, options.window);
      }
      poller.poll(time);
      if (options.once) break;
      await clock.sleep(options.interval, signal);
    }
    poller.stop();
    await flush();
  } finally {
    ended.abort();
    await delivery;
  }
  await deliverLast(options);
}

async function deliverLast(options: ProbeOptions): Promise<void> {
  const { spool, receiver, log } = options;
  try {
    await deliverAll(spool, receiver, AbortSignal.timeout(lastTry * 1000), refusal(log));
  } catch (error) {
    const left = (await spool.waiting()).length;
    if (options.once) throw new Error(`not delivered (${reasonOf(error)}); ${left} windows wait in ${spool.folder}`);
    log(`not delivered (${reasonOf(error)}); ${left} windows wait in ${spool.folder} for the next start`);
  }
}

/** Delivers every `deliverEvery` seconds; after failures, with growing pauses. Says so when it begins to fail and when it is well again. */
async function keepDelivering(options: ProbeOptions, signal: AbortSignal): Promise<void> {
  const { spool, receiver, clock, log } = options;
  let failures = 0;
  while (!signal.aborted) {
    try {
      await deliverAll(spool, receiver, signal, refusal(log));
      if (failures > 0) log(`delivers again, after ${failures} failures`);
      failures = 0;
    } catch (error) {
      if (failures === 0 && !signal.aborted)
        log(`not delivered (${reasonOf(error)}); keeps it in ${spool.folder} and tries again`);
      failures++;
    }
    await clock.sleep(failures === 0 ? options.deliverEvery : pauseAfter(failures, clock.random()), signal);
  }
}

const refusal = (log: ProbeOptions["log"]) => (paths: readonly string[], reason: string) =>
  log(`${paths.length === 1 ? "a window was" : `${paths.length} windows were`} refused and dropped: ${reason}`);

const reasonOf = (error: unknown): string =>
  error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
