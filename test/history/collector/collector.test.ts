import { execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBatches } from "../../../history/collector/batches.js";
import { type Collector, openCollector } from "../../../history/collector/server.js";
import { storeBodies } from "../../../history/collector/storeBodies.js";
import { openStoredIds } from "../../../history/collector/storedIds.js";
import { compactHistory } from "../../../history/compaction.js";
import { ingest } from "../../../history/ingest.js";
import { openCollectorClient } from "../../../history/probe/collectorClient.js";
import { readTraffic } from "../../../history/readTraffic.js";
import { openLocal } from "../../../history/storage/local.js";
import { testFolder } from "../flowLogs.js";

const folder = testFolder();
const start = 1_795_616_040;
const token = "0123456789abcdef0123456789abcdef";
const bodyOf = (n: number, opened = 1) =>
  `${JSON.stringify({
    format: "firebreak-probe",
    version: 1,
    observer: "n1-0a1b2c3d",
    start,
    end: start + 60,
    flows: [{ client: `10.0.${n >> 8}.${n & 255}`, server: "10.9.9.9", port: 5432, opened, failed: 0 }],
  })}\n`;
const connectionsIn = async (into: string) => {
  const { edges } = await readTraffic(into, { from: start, to: start + 60, halfLife: 3600, owners: new Map() });
  return edges.reduce((sum, edge) => sum + edge.connections, 0);
};

let cert: Buffer;
let key: Buffer;
beforeAll(() => {
  const at = (name: string) => join(folder, name);
  const made = ["-keyout", at("key.pem"), "-out", at("cert.pem"), "-days", "2", "-subj", "/CN=localhost"];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  execFileSync("openssl", ["req", "-x509", ...curve, ...made, ...names], { stdio: "ignore" });
  cert = readFileSync(at("cert.pem"));
  key = readFileSync(at("key.pem"));
});

const open: Collector[] = [];
afterAll(async () => {
  for (const collector of open) await collector.close();
});

let histories = 0;
async function openTest(options: { into?: string; port?: number; bodyLimit?: number; fails?: boolean } = {}) {
  const into = options.into ?? join(folder, `history-${histories++}`);
  const storage = openLocal(into);
  const stored = await openStoredIds(storage);
  let commits = 0;
  const batches = openBatches(
    () => new Promise((done) => setTimeout(done, 50)),
    async (bodies) => {
      commits++;
      if (options.fails) throw new Error("no space left on device");
      return storeBodies(storage, stored, bodies, start * 1000);
    },
  );
  const { port = 0, bodyLimit = 100_000 } = options;
  const collector = await openCollector({
    host: "127.0.0.1",
    port,
    token,
    tls: { cert, key },
    bodyLimit,
    batches,
    log: () => {},
  });
  open.push(collector);
  return { into, collector, url: new URL(collector.url), commits: () => commits };
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly retryAfter: string | undefined;
}

function send(
  url: URL,
  body: string | Buffer,
  headers: Record<string, string> = {},
  path = "/v1/flows",
  method = "POST",
) {
  return new Promise<Answer>((answered, failed) => {
    const all = { authorization: `Bearer ${token}`, ...headers };
    const asked = request(new URL(path, url), { method, headers: all, ca: cert, agent: false }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () =>
        answered({
          status: response.statusCode ?? 0,
          body: JSON.parse(text),
          retryAfter: response.headers["retry-after"],
        }),
      );
    });
    asked.on("error", failed);
    asked.end(method === "GET" ? undefined : body);
  });
}

describe("the collector", () => {
  it("answers when the flows are in the history, and stores a body that comes again once", async () => {
    const { url, into } = await openTest();
    const first = await send(url, bodyOf(1, 3));
    expect(first).toMatchObject({ status: 200, body: { flows: 1, alreadyStored: false } });
    expect(await connectionsIn(into)).toBe(3);
    const again = await send(url, gzipSync(bodyOf(1, 3)), { "content-encoding": "gzip" });
    expect(again.body).toEqual({ ...first.body, alreadyStored: true });
    expect(await connectionsIn(into)).toBe(3);
  });

  it("stores what comes at about the same time together, and each body once, after a restart too", async () => {
    const { url, into, commits, collector } = await openTest();
    const bodies = Array.from({ length: 40 }, (_, n) => bodyOf(n));
    const answers = await Promise.all([...bodies, bodies[0] ?? "", bodies[1] ?? ""].map((body) => send(url, body)));
    expect(answers.map((a) => a.status)).toEqual(Array(42).fill(200));
    expect(answers.filter((a) => a.body.alreadyStored === false)).toHaveLength(40);
    expect(commits()).toBeLessThan(20);
    expect(readdirSync(join(into, "ingests")).length).toBeLessThan(20);
    expect(await connectionsIn(into)).toBe(40);
    await collector.close();
    const next = await openTest({ into });
    for (const body of bodies.slice(0, 3)) expect((await send(next.url, body)).body.alreadyStored).toBe(true);
    expect(await connectionsIn(into)).toBe(40);
  });

  it("knows a body after its history was compacted and its marker is gone, and so does `ingest`", async () => {
    const { url, into } = await openTest();
    const bodies = Array.from({ length: 6 }, (_, n) => bodyOf(n));
    await Promise.all(bodies.map((body) => send(url, body)));
    for (const later of [0, 10]) await compactHistory(into, { now: (start + 120 + later) * 1000, grace: 1 });
    expect(readdirSync(join(into, "ingests"))).toEqual([]);
    const next = await openTest({ into });
    for (const body of bodies) expect((await send(next.url, body)).body.alreadyStored).toBe(true);
    const spooled = join(folder, "compacted.jsonl");
    writeFileSync(spooled, bodyOf(3));
    expect((await ingest(spooled, { into, format: "auto" }))[0]?.alreadyStored).toBe(true);
    expect(await connectionsIn(into)).toBe(6);
  });

  it("knows alone what `ingest` has stored, and the other way round", async () => {
    const { url, into } = await openTest();
    const spooled = join(folder, "spooled.jsonl");
    writeFileSync(spooled, bodyOf(7));
    await ingest(spooled, { into, format: "auto" });
    expect((await send(url, bodyOf(7))).body.alreadyStored).toBe(true);
    await send(url, bodyOf(8));
    writeFileSync(spooled, bodyOf(8));
    expect((await ingest(spooled, { into, format: "auto" }))[0]?.alreadyStored).toBe(true);
    expect(await connectionsIn(into)).toBe(2);
  });

  const refusals: [
    string,
    number,
    string,
    () => Parameters<typeof send> extends [URL, ...infer Rest] ? Rest : never,
  ][] = [
    ["no token", 401, "expected the collector's token", () => [bodyOf(1), { authorization: "" }]],
    ["another token", 401, "expected the collector's token", () => [bodyOf(1), { authorization: `Bearer ${token}x` }]],
    ["a token of another scheme", 401, "expected the collector's token", () => [bodyOf(1), { authorization: token }]],
    ["an empty body", 400, "is broken", () => [""]],
    ["a body that is no JSON", 400, "is broken", () => ["Dear reader\n"]],
    ["a body with one broken line", 400, "is broken", () => [`${bodyOf(1)}${bodyOf(2).replace("10.9.9.9", "db")}`]],
    ["a body cut short", 400, "is broken", () => [bodyOf(1).slice(0, 90)]],
    ["another document", 400, "is broken", () => ['{"format":"other"}\n']],
    ["gzip that is none", 400, "is no whole gzip stream", () => [bodyOf(1), { "content-encoding": "gzip" }]],
    [
      "half of a gzip stream",
      400,
      "is no whole gzip stream",
      () => [gzipSync(bodyOf(1)).subarray(0, 60), { "content-encoding": "gzip" }],
    ],
    [
      "an encoding that it does not know",
      415,
      "expected Content-Encoding gzip",
      () => [bodyOf(1), { "content-encoding": "br" }],
    ],
    ["a body that is too large", 413, "is too large", () => ["x".repeat(100_001)]],
    [
      "a large body of unknown length",
      413,
      "is too large",
      () => ["x".repeat(300_000), { "transfer-encoding": "chunked" }],
    ],
    [
      "a body that expands too far",
      413,
      "is too large",
      () => [gzipSync("x".repeat(900_000)), { "content-encoding": "gzip" }],
    ],
    ["another path", 404, "is not known here", () => [bodyOf(1), {}, "/v2/flows"]],
    ["another method", 405, "expected POST", () => ["", {}, "/v1/flows", "GET"]],
  ];
  it.each(refusals)("refuses %s with %i and a reason, and stores nothing", async (_, status, reason, sent) => {
    const { url, into } = await openTest();
    const answer = await send(url, ...sent());
    expect(answer.status).toBe(status);
    expect(answer.body.error).toContain(reason);
    expect(() => readdirSync(join(into, "ingests"))).toThrow("ENOENT");
  });

  it("names line, field and value of what is broken", async () => {
    const { url } = await openTest();
    const { body } = await send(url, `${bodyOf(1)}${bodyOf(2).replace("10.9.9.9", "db")}`);
    expect(body.problems).toEqual(['line 2: flows[0].server "db": expected an IPv4 or IPv6 address']);
  });

  it("says 503 where it cannot store, and is well without a token", async () => {
    const { url } = await openTest({ fails: true });
    expect(await send(url, bodyOf(1))).toMatchObject({ status: 503, retryAfter: "5" });
    expect(await send(url, "", { authorization: "" }, "/healthz", "GET")).toMatchObject({
      status: 200,
      body: { status: "ok" },
    });
  });
});

describe("the probe's client", () => {
  const never = new AbortController().signal;
  const spooled = (n: number) => {
    const path = join(folder, `body-${n}.jsonl`);
    writeFileSync(path, bodyOf(n));
    return path;
  };

  it("delivers over TLS, and again without harm", async () => {
    const { url, into } = await openTest();
    const client = openCollectorClient({ url, token: async () => token, ca: cert });
    expect(await client.deliver([spooled(1)], never)).toBe("stored");
    expect(await client.deliver([spooled(1)], never)).toBe("stored");
    expect(await connectionsIn(into)).toBe(1);
  });

  it("keeps what may pass later: nobody there, a token that is wrong, a certificate that it does not know", async () => {
    const { url, collector } = await openTest();
    const client = (secret: string, ca?: Buffer) => openCollectorClient({ url, token: async () => secret, ca });
    await expect(client("another-token-of-32-characters-xx", cert).deliver([spooled(2)], never)).rejects.toThrow(
      "answered 401",
    );
    await expect(client(token).deliver([spooled(2)], never)).rejects.toThrow("self-signed certificate");
    await collector.close();
    await expect(client(token, cert).deliver([spooled(2)], never)).rejects.toThrow("ECONNREFUSED");
  });

  it("gives up what is refused for good", async () => {
    const { url } = await openTest();
    const client = openCollectorClient({ url, token: async () => token, ca: cert });
    const path = join(folder, "broken.jsonl");
    writeFileSync(path, "{}\n");
    expect(await client.deliver([path], never)).toEqual({ refused: expect.stringContaining("answered 400") });
  });
});

it("killed at any point, the collector has stored whole bodies only, and those that come again once", async () => {
  const child = fileURLToPath(new URL("./collectChild.ts", import.meta.url));
  for (const delay of [30, 120, 250, 400]) {
    const into = join(folder, `killed-${delay}`);
    const first = spawn(process.execPath, ["--import", "tsx", child, into, "0", token], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const url = String(await new Promise((said) => first.stdout.once("data", said))).trim();
    const post = async (to: string, n: number) => {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(`${to}/v1/flows`, { method: "POST", headers, body: bodyOf(n) }).catch(() => undefined);
      return answer?.status;
    };
    const ended = new Promise((done) => first.once("exit", done));
    const asked = Promise.all(Array.from({ length: 12 }, (_, n) => post(url, n)));
    await new Promise((done) => setTimeout(done, delay));
    first.kill("SIGKILL");
    await ended;
    const acknowledged = (await asked).filter((status) => status === 200).length;

    const storage = openLocal(into);
    const stored = await openStoredIds(storage);
    const second = await openCollector({
      host: "127.0.0.1",
      port: 0,
      token,
      bodyLimit: 1e6,
      batches: openBatches(
        async () => {},
        (bodies) => storeBodies(storage, stored, bodies, Date.now()),
      ),
      log: () => {},
    });
    const before = await connectionsIn(into).catch(() => 0);
    expect(before, `${delay} ms`).toBeGreaterThanOrEqual(acknowledged);
    for (let n = 0; n < 12; n++) expect(await post(second.url, n)).toBe(200);
    expect(await connectionsIn(into), `${delay} ms`).toBe(12);
    await second.close();
  }
});
