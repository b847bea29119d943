import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { formatNames } from "../../history/formats/index.js";
import { ingest } from "../../history/ingest.js";
import { InputError } from "../../input/problems.js";
import { contentOf, defaultHeader, midnight, record, testFolder, writeLog } from "./flowLogs.js";

const known = formatNames.join(", ");
const folder = testFolder();
const history = join(folder, "history");
const csvHeader = "app,minute,caller,callee,calls";
const tcpHeader = `${defaultHeader} tcp-flags pkt-srcaddr`;
const goodLines = Array.from({ length: 40 }, (_, i) => record({ bytes: i }));

beforeAll(async () => {
  await ingest(writeLog(folder, goodLines), { into: history, format: "auto" });
});

/** Broken lines: name, the line, what its reason says, and the header above it, if any. */
const brokenLines: [string, string, string, string?][] = [
  ["a port above 65535", record({ srcport: 70_000 }), 'srcport "70000": expected a whole number from 0 to 65535'],
  ["a negative port", record({ dstport: -1 }), 'dstport "-1": expected a whole number from 0 to 65535'],
  ["a port that is absent", record({ dstport: "-" }), 'dstport "-": expected a whole number from 0 to 65535'],
  ["a protocol above 255", record({ protocol: 256 }), 'protocol "256": expected a whole number from 0 to 255'],
  ["a protocol by name", record({ protocol: "tcp" }), 'protocol "tcp": expected a whole number from 0 to 255'],
  ["negative packets", record({ packets: -3 }), 'packets "-3": expected a whole number, not negative'],
  ["a fraction of bytes", record({ bytes: "1.5" }), 'bytes "1.5": expected a whole number, not negative'],
  ["bytes past exact numbers", record({ bytes: "99999999999999999999" }), "expected a whole number, not negative"],
  ["bytes in exponent form", record({ bytes: "1e3" }), 'bytes "1e3": expected a whole number, not negative'],
  [
    "an end before its start",
    record({ end: midnight - 1 }),
    `end "${midnight - 1}": expected a time not before start, ${midnight}`,
  ],
  ["a row of two days", record({ end: midnight + 172_800 }), `expected a time at most a day after start, ${midnight}`],
  [
    "a start in milliseconds",
    record({ start: `${midnight}000` }),
    "expected unix seconds between the years 2000 and 2100",
  ],
  ["a start of 1970", record({ start: 12 }), 'start "12": expected unix seconds between the years 2000 and 2100'],
  [
    "a start that is a date",
    record({ start: "2022-08-20T00:00:00Z" }),
    'start "2022-08-20T00:00:00Z": expected unix seconds',
  ],
  [
    "an IPv4 address with five parts",
    record({ srcaddr: "10.0.0.0.1" }),
    'srcaddr "10.0.0.0.1": expected an IPv4 or IPv6 address',
  ],
  ["an IPv4 part of 256", record({ dstaddr: "10.0.0.256" }), 'dstaddr "10.0.0.256": expected an IPv4 or IPv6 address'],
  [
    "a host name for an address",
    record({ dstaddr: "db.local" }),
    'dstaddr "db.local": expected an IPv4 or IPv6 address',
  ],
  ["an address that is absent", record({ srcaddr: "-" }), 'srcaddr "-": expected an IPv4 or IPv6 address'],
  [
    "an IPv6 address with a zone",
    record({ srcaddr: "fe80::1%eth0" }),
    'srcaddr "fe80::1%eth0": expected an IPv4 or IPv6 address',
  ],
  ["an action of another word", record({ action: "DROP" }), 'action "DROP": expected ACCEPT or REJECT'],
  ["a status of another word", record({ "log-status": "FINE" }), 'log-status "FINE": expected OK, NODATA or SKIPDATA'],
  ["a status that is absent", record({ "log-status": "-" }), 'log-status "-": expected OK, NODATA or SKIPDATA'],
  ["a version of 1", record({ version: 1 }), 'version "1": expected a whole number from 2 to 10'],
  [
    "a line cut short",
    record().slice(0, 60),
    "number of fields 10: expected 14, of the default format; a custom format needs its header line",
  ],
  [
    "a field too many",
    `${record()} 0`,
    "number of fields 15: expected 14, of the default format; a custom format needs its header line",
  ],
  ["a line of binary", "\u0000\u0001\ufffd", "number of fields 1: expected 14"],
  [
    "TCP flags above 255",
    record({ "tcp-flags": 300 }, tcpHeader),
    'tcp-flags "300": expected a whole number from 0 to 255',
    tcpHeader,
  ],
  [
    "a packet address that is none",
    record({ "pkt-srcaddr": "nat" }, tcpHeader),
    'pkt-srcaddr "nat": expected an IPv4 or IPv6 address',
    tcpHeader,
  ],
  ["fewer fields than its header", record(), "number of fields 14: expected 16, as its header names", tcpHeader],
  ["no calls", "OB,27685672,a,b,0", 'calls "0": expected a whole number of at least 1', csvHeader],
  ["negative calls", "OB,27685672,a,b,-4", 'calls "-4": expected a whole number of at least 1', csvHeader],
  [
    "calls that are no number",
    "OB,27685672,a,b,many",
    'calls "many": expected a whole number of at least 1',
    csvHeader,
  ],
  [
    "a minute that is a second",
    "OB,1661140320,a,b,3",
    'minute "1661140320": expected unix seconds divided by 60',
    csvHeader,
  ],
  ["an empty minute", "OB,,a,b,3", 'minute "": expected unix seconds divided by 60', csvHeader],
  ["an empty caller", "OB,27685672,,b,3", `caller "": expected a service's name`, csvHeader],
  ["a quoted callee", 'OB,27685672,a,"b",3', "expected a service's name, without quotes", csvHeader],
  [
    "a callee that is the outside",
    "OB,27685672,a,USER,3",
    'callee "USER": expected a service; USER only calls',
    csvHeader,
  ],
  ["a column missing", "OB,27685672,a,b", "number of columns 4: expected 5, as its header names", csvHeader],
];

describe("a broken line", () => {
  it.each(brokenLines)(
    "%s: is kept with number and reason, and the rest is stored",
    async (name, line, reason, header) => {
      const csv = header === csvHeader;
      const good = Array.from({ length: 12 }, (_, i) =>
        csv ? `OB,27685672,a,b,${i + 1}` : record({ bytes: i, "account-id": name.length }, header),
      );
      const log = writeLog(folder, [...(header ? [header] : []), ...good.slice(0, 5), line, ...good.slice(5)]);
      const [report] = await ingest(log, { into: join(folder, "line", name.replaceAll(" ", "-")), format: "auto" });
      expect(report).toMatchObject({ lines: 13, stored: 12, rejected: 1, skipped: 0 });
      const reject = JSON.parse(readFileSync(report?.rejectsFile ?? "", "utf8"));
      expect(reject).toMatchObject({ line: header ? 7 : 6, text: line });
      expect(reject.reason).toContain(reason);
    },
  );

  it.each(brokenLines)(
    "%s: as one of five lines makes the file refused and changes nothing stored",
    async (_, line, reason, header) => {
      const good = header === csvHeader ? "OB,27685672,a,b,1" : record({}, header);
      const log = writeLog(folder, [...(header ? [header] : []), good, good, good, good, line]);
      const message = await refusal(log);
      expect(message).toContain(
        `${log}: 1 of 5 data lines are broken (20.0 %, at most 10 % may be); nothing of it was stored`,
      );
      expect(message).toContain(`${log}:${header ? 6 : 5}: `);
      expect(message).toContain(reason);
    },
  );
});

const brokenFiles: [string, readonly string[] | Uint8Array, string, string?][] = [
  ["is empty", [], "is empty; expected a traffic log"],
  ["has blank lines only", ["", "  ", ""], "is empty; expected a traffic log"],
  [
    "is prose",
    ["Dear reader,", "this is no log."],
    `"Dear reader," is of no known format; name one with --format (${known})`,
  ],
  ["is JSON", ['{"version": 2}'], `is of no known format; name one with --format (${known})`],
  [
    "is damaged Parquet",
    Buffer.from("PAR1\u0000\u0015\u0000\nPAR1"),
    "is damaged or incomplete Parquet (Invalid Input Error: Footer length error",
  ],
  [
    "names a field that does not exist",
    [`${defaultHeader} tcp-flag`, record()],
    ':1: "tcp-flag" is not a field of VPC flow logs; correct its name',
  ],
  ["names a field twice", [`${defaultHeader} bytes`, record()], ':1: field "bytes" is named twice; name it once'],
  [
    "names no ports",
    ["version srcaddr dstaddr start end bytes", "2 a b 1 2 3"],
    ':1: field "srcport" is missing; add it to the flow log\'s format',
  ],
  [
    "has a column that does not exist",
    [`${csvHeader},callz`, "OB,1,a,b,1,2"],
    '"callz" is not a known column; remove it or correct its name',
  ],
  ["lacks the calls", ["app,minute,caller,callee", "OB,1,a,b"], 'column "calls" is missing; add it'],
  ["has a column twice", [`${csvHeader},calls`, "OB,1,a,b,1,1"], 'column "calls" is named twice; name it once'],
  [
    "is a truncated gzip stream",
    gzipSync(goodLines.join("\n")).subarray(0, 120),
    "the gzip stream ends too early; copy the file again, whole",
  ],
  [
    "is a gzip stream of two bytes",
    Buffer.from([0x1f, 0x8b]),
    "the gzip stream ends too early; copy the file again, whole",
  ],
  [
    "is a damaged gzip stream",
    Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 255, 255, 255, 255, 9, 9]),
    "the gzip stream is damaged; copy the file again",
  ],
  ["is a line without end", Buffer.alloc(3_000_000, "x"), ":1: is longer than a MiB; expected a text log of lines"],
  [
    "is read as a format that does not exist",
    [record()],
    `--format: "netflow" is not a known format; expected auto, ${known}`,
    "netflow",
  ],
  ["is read as another format", [record(), record()], 'column "minute" is missing; add it', "edges-csv"],
];

describe("a file that cannot be read", () => {
  it.each(brokenFiles)("%s: the message says so and nothing stored changes", async (_, content, expected, format) => {
    expect(await refusal(writeLog(folder, content), format)).toContain(expected);
  });

  it("does not exist: the message says so", async () => {
    expect(await refusal(join(folder, "absent.log"))).toContain("absent.log: does not exist; check the path");
  });

  it("makes no history where there was none", async () => {
    const into = join(folder, "not", "made");
    await expect(ingest(writeLog(folder, ["prose"]), { into, format: "auto" })).rejects.toThrow(InputError);
    expect(() => contentOf(join(folder, "not"))).toThrow("ENOENT");
  });

  it("shows at most five of its broken lines", async () => {
    const message = await refusal(
      writeLog(folder, [record(), ...Array.from({ length: 9 }, () => record({ srcport: "x" }))]),
    );
    expect(message).toContain("9 of 10 data lines are broken (90.0 %");
    expect(message.match(/srcport "x"/g)).toHaveLength(5);
  });
});

/** What ingest says as it refuses the file; fails where it does not, or where anything stored changed. */
async function refusal(source: string, format = "auto"): Promise<string> {
  const before = contentOf(history);
  const error = await ingest(source, { into: history, format }).then(
    () => new Error("was not refused"),
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(InputError);
  expect(contentOf(history)).toEqual(before);
  return (error as InputError).message;
}
