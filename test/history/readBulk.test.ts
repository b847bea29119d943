import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSource } from "../../history/readSource.js";
import { openRejects } from "../../history/rejects.js";
import { type FlowStage, openStage } from "../../history/stage.js";
import { InputError } from "../../input/problems.js";
import { defaultHeader, midnight, record, testFolder, writeLog } from "./flowLogs.js";

const folder = testFolder();
let reads = 0;
let readBySql = 0;

/** All that one reading brings: what was read, the rows, the rejects. */
async function reading(source: string, stdin?: Buffer) {
  const place = join(folder, `reading-${reads++}`);
  mkdirSync(place);
  const opened = await openStage(place);
  const stage: FlowStage = {
    ...opened,
    read: async (...parts) => {
      const read = await opened.read(...parts);
      readBySql++;
      return read;
    },
  };
  const rejects = openRejects(join(place, "rejects.jsonl"));
  try {
    const { format, id, lines, skipped } = await readSource(
      source,
      { format: "auto", stdin: stdin && Readable.from([stdin]) },
      stage,
      rejects,
    );
    await rejects.close();
    await stage.settle(format);
    const days = await stage.writeDays(place, format, 300);
    return {
      read: { format, id, lines, skipped },
      rejects: rejects.count === 0 ? "" : readFileSync(rejects.path, "utf8"),
      days: days.map(({ path, ...day }) => ({ ...day, bytes: readFileSync(path).toString("base64") })),
    };
  } catch (error) {
    if (error instanceof InputError) return error.problems.map((p) => p.message);
    throw error;
  } finally {
    await rejects.close();
    stage.close();
    rmSync(place, { recursive: true });
  }
}

/** A file is read by SQL where it can be, standard input always line by line. */
async function expectSame(content: Buffer, packed = false) {
  const source = writeLog(folder, packed ? gzipSync(content, { level: 1 }) : content);
  const bulk = await reading(source);
  expect(bulk).toEqual(await reading("-", content));
  return bulk;
}

const oneOf = <T>(...values: T[]) => fc.constantFrom(...values);
const address = fc.oneof(
  { weight: 5, arbitrary: fc.ipV4() },
  { weight: 2, arbitrary: fc.ipV6() },
  {
    weight: 1,
    arbitrary: oneOf("-", "10.0.0.256", "010.0.0.1", "1.2.3", "::FFFF:1.2.3.4", "fe80::1%eth0", "::1", "db", "1:2", ""),
  },
);
const broken = oneOf(
  "-",
  "-1",
  "+5",
  "1.0",
  "1e2",
  "0x10",
  "007",
  "1_000",
  "99999999999999999999",
  "x",
  "70000",
  "9007199254740993",
);
const numberOf = (good: fc.Arbitrary<number>) =>
  fc.oneof({ weight: 9, arbitrary: good.map(String) }, { weight: 1, arbitrary: broken });
const port = numberOf(fc.oneof(oneOf(0, 80, 443, 32_767, 32_768, 65_535), fc.nat(65_535)));
const name = oneOf("-", "eni-1", "eni-2", "i-1", '"quoted"', "it's", "a,b", "NULL", "\\N", "#1");
const values = fc.record({
  version: fc.oneof(
    { weight: 9, arbitrary: oneOf("2", "5", "10") },
    { weight: 1, arbitrary: oneOf("1", "02", "11", "-", "3x") },
  ),
  "account-id": name,
  "interface-id": name,
  "instance-id": name,
  "resource-id": name,
  "flow-direction": oneOf("-", "ingress", "egress"),
  srcaddr: address,
  dstaddr: address,
  "pkt-srcaddr": fc.oneof(fc.constant("-"), address),
  "pkt-dstaddr": fc.oneof(fc.constant("-"), address),
  srcport: port,
  dstport: port,
  protocol: numberOf(oneOf(6, 6, 6, 17, 1, 58, 132, 255, 256)),
  packets: numberOf(fc.nat(100)),
  bytes: numberOf(fc.oneof(fc.nat(1_000_000), fc.constant(Number.MAX_SAFE_INTEGER))),
  start: numberOf(fc.integer({ min: midnight - 5, max: midnight + 90_000 })),
  end: numberOf(fc.integer({ min: midnight, max: midnight + 90_000 })),
  action: oneOf("ACCEPT", "ACCEPT", "ACCEPT", "REJECT", "-", "DROP"),
  "log-status": oneOf("OK", "OK", "OK", "OK", "NODATA", "SKIPDATA", "-", "ok"),
  "tcp-flags": fc.oneof(fc.constant("-"), numberOf(oneOf(0, 1, 2, 3, 16, 18, 19, 255, 256))),
});
const optional = "tcp-flags pkt-srcaddr pkt-dstaddr instance-id resource-id flow-direction vpc-id".split(" ");
const header = fc
  .tuple(
    fc.shuffledSubarray(defaultHeader.split(" "), { minLength: 14 }),
    fc.subarray(optional),
    fc.subarray(["version", "protocol", "packets", "bytes", "action", "log-status"], { maxLength: 2 }),
  )
  .chain(([all, more, without]) =>
    fc.shuffledSubarray([...all.filter((f) => !without.includes(f)), ...more], {
      minLength: all.length + more.length - without.length,
    }),
  )
  .map((fields) => fields.join(" "));
/** Lines that are spelt in another way, or no records, in plain text. */
const oddity = (header: string) => {
  const usual = record({}, header);
  return oneOf(
    "",
    "   ",
    header,
    ` ${header}`,
    record().slice(0, 60),
    `${usual} 0`,
    ` ${usual}`,
    `${usual} `,
    usual.replace(" ", "  "),
    "x".repeat(4000),
  );
};

/** What makes a whole file be read line by line. */
const strange = oneOf("\t", "\u0000", "\u0001", "a\u000bb", "é", record().replace(" ", "\t"));

const log = fc.oneof(fc.constant(undefined), header).chain((chosen) => {
  const fields = chosen ?? defaultHeader;
  const plain = fc.constant(record({}, fields));
  const lines = fc.array(
    fc.oneof(
      { weight: 25, arbitrary: plain },
      { weight: 8, arbitrary: values.map((v) => record(v, fields)) },
      { weight: 1, arbitrary: oddity(fields) },
    ),
    { minLength: 1, maxLength: 250 },
  );
  return fc.record({
    lines: lines.map((list) => (chosen === undefined ? [record(), ...list] : [chosen, ...list])),
    end: fc.oneof({ weight: 9, arbitrary: fc.constant("\n") }, { weight: 1, arbitrary: fc.constant("\r\n") }),
    last: fc.boolean(),
    strange: fc.oneof({ weight: 6, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: strange }),
    before: oneOf("", "", "", "\n\n"),
    packed: fc.boolean(),
  });
});

describe("a log that is read by SQL", () => {
  it("gives the same rows, counts, rejects and id as line by line", async () => {
    await fc.assert(
      fc.asyncProperty(log, async ({ lines, strange, end, last, before, packed }) => {
        const all = strange === null ? lines : [...lines, strange];
        await expectSame(Buffer.from(before + all.join(end) + (last ? end : "")), packed);
      }),
      { numRuns: 30, seed: 11 },
    );
    expect(readBySql).toBeGreaterThan(10);
  }, 120_000);

  it.each([
    ["plain lines", [record(), record({ bytes: 7 })], true],
    ["broken lines among them", [record(), record({ srcport: "x" }), "cut short"], true],
    ["blank lines, and none at the end", ["", record(), "  ", record()], true],
    [
      "quotes and what stands for nothing elsewhere",
      [record({ "interface-id": '"eni"' }), record({ "account-id": "NULL" })],
      true,
    ],
    [
      "IPv6 addresses in two spellings",
      [record({ srcaddr: "2001:DB8::1" }), record({ srcaddr: "2001:db8:0:0::1" })],
      true,
    ],
    ["a tab", [record(), record().replace(" ", "\t")], false],
    ["a NUL", [record(), "\u0000"], false],
    ["the byte that parts values", [record(), "\u0001"], false],
    ["letters beyond ASCII", [record(), record({ "account-id": "é" })], false],
    ["a line of more than a MiB", [record(), `${record()} ${"x".repeat(1_050_000)}`], false],
  ])("of %s comes out the same", async (_, lines, bySql) => {
    const before = readBySql;
    await expectSame(Buffer.from(lines.join("\n")));
    expect(readBySql - before).toBe(bySql ? 1 : 0);
  });

  it("of invalid UTF-8, or of CRLF, comes out the same", async () => {
    await expectSame(
      Buffer.concat([Buffer.from(`${record()}\n`), Buffer.from([0xff, 0xfe, 0x0a]), Buffer.from(record())]),
    );
    await expectSame(Buffer.from(`${defaultHeader}\r\n${record()}\r\n`));
  });

  it("counts every repetition of its header and not the header", async () => {
    const result = await expectSame(Buffer.from([defaultHeader, record(), defaultHeader, defaultHeader].join("\n")));
    expect(result).toMatchObject({ read: { lines: 3, skipped: { "repeated header line": 2 } } });
  });

  it("of as many odd lines as are not worth a second look is read line by line", async () => {
    const lines = Array.from({ length: 100_001 }, (_, i) => `x${i}`);
    const result = await expectSame(Buffer.from([record(), ...lines].join("\n")));
    expect(result).toMatchObject({ read: { lines: 100_002 } });
  });
});
