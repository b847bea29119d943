import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ProbeDocument } from "../../../history/formats/probe.js";
import { type Delivered, pauseAfter, type Receiver } from "../../../history/probe/deliver.js";
import { openPoller } from "../../../history/probe/poller.js";
import { type Clock, runProbe } from "../../../history/probe/probe.js";
import { openSpool } from "../../../history/probe/spool.js";
import { testFolder } from "../flowLogs.js";

const folder = testFolder();
let spools = 0;
const newSpool = (limit = 1e6) => openSpool(join(folder, `spool-${spools++}`), limit);
const listening = (host: string) =>
  new Promise<Server>((done) => {
    const server: Server = createServer((socket) => void socket.resume().on("error", () => {})).listen(0, host, () =>
      done(server),
    );
  });
const portOf = (server: Server) => (server.address() as { port: number }).port;
const connected = (host: string, port: number) =>
  new Promise<Socket>((done) => {
    const socket: Socket = connect(port, host, () => done(socket));
  });

/** A clock that goes by what is slept between two looks: real waiting is two milliseconds. */
function testClock(start: number, onSleep: (seconds: number) => void = () => {}): Clock {
  let now = start;
  return {
    now: () => now,
    sleep: async (seconds) => {
      await new Promise((done) => setTimeout(done, 2));
      onSleep(seconds);
      // Deliveries sleep beside the looks, and must not make time go faster.
      if (seconds === 5) now += seconds;
    },
    random: () => 0.5,
  };
}

interface Run {
  readonly clock: Clock;
  readonly receiver: Receiver;
  readonly ending: AbortController;
  readonly limit?: number;
  readonly once?: boolean;
}

async function run({ clock, receiver, ending, limit, once = false }: Run) {
  const spool = await newSpool(limit);
  const lines: string[] = [];
  const ended = runProbe({
    observer: "n1-0a1b2c3d",
    openPoller: (onConnection) =>
      openPoller({ proc: "/proc", allNamespaces: false, recount: 3600, loopback: true, onConnection }),
    spool,
    receiver,
    interval: 5,
    window: 60,
    deliverEvery: 60,
    once,
    clock,
    signal: ending.signal,
    log: (line) => lines.push(line),
  });
  await ended;
  return { spool, lines };
}

/** A receiver that keeps what it gets, and answers as it is told. */
function testReceiver(answer: (n: number) => Delivered = () => "stored"): Receiver & { readonly got: string[] } {
  const got: string[] = [];
  let calls = 0;
  return {
    got,
    most: 1,
    deliver: async ([path = ""]) => {
      const delivered = answer(calls++);
      got.push(readFileSync(path, "utf8"));
      return delivered;
    },
  };
}

const documents = (bodies: readonly string[]): ProbeDocument[] =>
  bodies.flatMap((body) =>
    body
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  );

describe("the probe", () => {
  it.each([
    ["127.0.0.1", "127.0.0.1"],
    ["::1", "::1"],
    ["127.0.0.1", "::"],
  ])("sees real connections to %s (listening on %s), each once, and who opened them", async (host, bind) => {
    const server = await listening(bind);
    const port = portOf(server);
    const sockets = await Promise.all([connected(host, port), connected(host, port), connected(host, port)]);
    const ending = new AbortController();
    let sleeps = 0;
    const clock = testClock(1_795_616_041, (seconds) => {
      if (seconds === 5 && ++sleeps === 40) ending.abort();
    });
    const receiver = testReceiver();
    const { spool } = await run({ clock, receiver, ending });
    for (const socket of sockets) socket.destroy();
    server.close();
    const seen = documents(receiver.got).flatMap((d) =>
      d.flows.filter((f) => f.port === port).map((f) => [d.start, d.end, f]),
    );
    expect(seen).toEqual([[1_795_616_040, 1_795_616_100, { client: host, server: host, port, opened: 3, failed: 0 }]]);
    expect(await spool.waiting()).toEqual([]);
  });

  it("with --once looks once and delivers, or fails where it cannot", async () => {
    const server = await listening("127.0.0.1");
    const socket = await connected("127.0.0.1", portOf(server));
    const ending = new AbortController();
    const receiver = testReceiver();
    await run({ clock: testClock(1_795_616_041), receiver, ending, once: true });
    expect(
      documents(receiver.got)
        .flatMap((d) => d.flows)
        .filter((f) => f.port === portOf(server)),
    ).toHaveLength(1);
    const absent: Receiver = { most: 1, deliver: () => Promise.reject(new Error("connect ECONNREFUSED")) };
    await expect(run({ clock: testClock(1_795_616_041), receiver: absent, ending, once: true })).rejects.toThrow(
      /not delivered \(connect ECONNREFUSED\); 1 windows wait in/,
    );
    socket.destroy();
    server.close();
  });

  it("keeps its windows while nobody takes them, and delivers them in order once somebody does", async () => {
    const server = await listening("127.0.0.1");
    const port = portOf(server);
    const sockets: Socket[] = [];
    const ending = new AbortController();
    let away = true;
    let sleeps = 0;
    const clock = testClock(1_795_616_041, (seconds) => {
      if (seconds !== 5) return;
      sleeps++;
      if (sleeps % 12 === 3) void connected("127.0.0.1", port).then((socket) => sockets.push(socket));
      if (sleeps === 60) away = false;
      if (sleeps === 90) ending.abort();
    });
    const receiver = testReceiver(() => {
      if (away) throw new Error("connect ECONNREFUSED");
      return "stored";
    });
    const { lines, spool } = await run({ clock, receiver, ending });
    for (const socket of sockets) socket.destroy();
    server.close();
    const mine = documents(receiver.got).flatMap((d) => d.flows.filter((f) => f.port === port).map(() => d.start));
    expect(mine.length).toBeGreaterThanOrEqual(5);
    expect(mine).toEqual([...mine].sort((a, b) => a - b));
    expect(new Set(mine).size).toBe(mine.length);
    expect(await spool.waiting()).toEqual([]);
    expect(lines[0]).toContain("not delivered (connect ECONNREFUSED); keeps it in");
  });

  it("drops what is refused for good, and says so", async () => {
    const server = await listening("127.0.0.1");
    const socket = await connected("127.0.0.1", portOf(server));
    const receiver = testReceiver(() => ({ refused: "the collector answered 400" }));
    const { lines, spool } = await run({
      clock: testClock(1_795_616_041),
      receiver,
      ending: new AbortController(),
      once: true,
    });
    socket.destroy();
    server.close();
    expect(lines).toEqual(["a window was refused and dropped: the collector answered 400"]);
    expect(await spool.waiting()).toEqual([]);
  });
});

describe("the spool", () => {
  it("drops the oldest where there is no room, counts them, and keeps the newest however large", async () => {
    const spool = await newSpool(100);
    expect(await spool.put("a".repeat(40), 100)).toBe(0);
    expect(await spool.put("b".repeat(40), 160)).toBe(0);
    expect(await spool.put("c".repeat(40), 220)).toBe(1);
    const left = (await spool.waiting()).map((path) => readFileSync(path, "utf8")[0]);
    expect(left).toEqual(["b", "c"]);
    expect(await spool.put("d".repeat(400), 280)).toBe(2);
    expect((await spool.waiting()).map((path) => readFileSync(path, "utf8")[0])).toEqual(["d"]);
  });

  it("keeps two bodies of one time apart, and is found again as it was left", async () => {
    const spool = await newSpool();
    await spool.put("first", 100);
    await spool.put("second", 100);
    writeFileSync(`${(await spool.waiting())[0]}.tmp-77`, "half of a fi");
    const again = await openSpool(spool.folder, 1e6);
    expect((await again.waiting()).map((path) => readFileSync(path, "utf8"))).toEqual(["first", "second"]);
    expect(readdirSync(spool.folder)).toHaveLength(2);
  });

  it("leaves other people's files alone", async () => {
    mkdirSync(join(folder, "shared"));
    writeFileSync(join(folder, "shared", "README"), "hands off");
    const spool = await openSpool(join(folder, "shared"), 1);
    await spool.put("x", 100);
    await spool.put("y", 200);
    expect(readFileSync(join(folder, "shared", "README"), "utf8")).toBe("hands off");
  });
});

it("waits longer after each failure, half of it by chance, and never longer than five minutes", () => {
  expect([0, 1, 2, 3].map((n) => pauseAfter(n, 1))).toEqual([1, 2, 4, 8]);
  expect([0, 1, 2, 3].map((n) => pauseAfter(n, 0))).toEqual([0.5, 1, 2, 4]);
  expect(pauseAfter(1000, 1)).toBe(300);
});
