import { copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { filesOfWindow, readCatalog } from "../../history/catalog.js";
import { ingest } from "../../history/ingest.js";
import { openDatabase, quoted } from "../../history/parquet.js";
import { storageOf } from "../../history/storage/place.js";
import { contentOf, midnight, record, testFolder, writeLog } from "./flowLogs.js";

/*
 * The records of AWS's documentation, "Flow log record examples":
 * https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-records-examples.html
 * Those of the NAT and transit gateways have no times there (and the former no ports): they were added at the end.
 */
const samples = resolve(dirname(fileURLToPath(import.meta.url)), "samples/vpc-flow-logs");
const folder = testFolder();
let histories = 0;
const newHistory = () => join(folder, `history-${histories++}`);
const readInto = (source: string, into = newHistory()) => ingest(source, { into, format: "auto" });

async function rowsOf(history: string, columns: string): Promise<unknown[][]> {
  const files = filesOfWindow(await readCatalog(storageOf(history)), { from: 0, to: 2 ** 32, kind: "raw" });
  const database = await openDatabase({ threads: 1 });
  try {
    const rows = await database.rows(
      `SELECT ${columns} FROM read_parquet([${files.map((f) => quoted(join(history, f.path))).join(", ")}]) ORDER BY ALL`,
    );
    return rows.map((row) => Object.values(row));
  } finally {
    database.close();
  }
}

async function flowsOf(sample: string, columns = "client, server, server_port, connections, observer, outcome") {
  const into = newHistory();
  const [report] = await readInto(join(samples, sample), into);
  return { report, rows: await rowsOf(into, columns) };
}

describe("the documentation's records", () => {
  it("of the default format are accepted, rejected, without data and of ICMP", async () => {
    const { report, rows } = await flowsOf("default.log");
    expect(report).toMatchObject({
      lines: 7,
      stored: 3,
      rejected: 0,
      skippedReasons: {
        "log-status NODATA": 1,
        "log-status SKIPDATA": 1,
        "protocol 1 has no ports, so no one opens a connection": 2,
      },
    });
    const eni = "eni-1235b8ca123456789";
    expect(rows).toEqual([
      ["172.31.16.139", "172.31.16.21", 22, 1, eni, "accepted"],
      ["172.31.9.69", "172.31.9.12", 3389, 1, eni, "rejected"],
      ["2001:db8:1234:a100:8d6e:3477:df66:f105", "2001:db8:1234:a102:3304:8879:34cf:4071", 22, 1, eni, "accepted"],
    ]);
  });

  it("of TCP flags name the client by its SYN; a FIN alone leaves it to the ports", async () => {
    const { rows } = await flowsOf("tcp-flags.log", "client, server, server_port, connections, start, bytes");
    const forward = ["52.213.180.42", "10.0.0.62", 5001, 1];
    const answer = ["52.213.180.42", "10.0.0.62", 5001, 0];
    expect(rows).toEqual([
      [...answer, 1_566_848_875, 376],
      [...answer, 1_566_848_875, 632],
      [...answer, 1_566_848_933, 63_388],
      [...answer, 1_566_933_133, 967],
      [...forward, 1_566_848_875, 568],
      [...forward, 1_566_848_875, 100_701],
      [...forward, 1_566_848_933, 23_294_588],
      [...forward, 1_566_933_133, 1260],
    ]);
  });

  it("through a NAT gateway name both true ends, besides the gateway's own connection", async () => {
    const { rows } = await flowsOf("nat-gateway.log", "client, server, server_port, connections, observer");
    expect(rows).toEqual([
      ["10.0.0.220", "203.0.113.5", 443, 0, "eni-1235b8ca123456789"],
      ["10.0.0.220", "203.0.113.5", 443, 1, "eni-1235b8ca123456789"],
      ["10.0.1.5", "203.0.113.5", 443, 0, "eni-1111aaaa2222bbbb3"],
      ["10.0.1.5", "203.0.113.5", 443, 0, "eni-1235b8ca123456789"],
      ["10.0.1.5", "203.0.113.5", 443, 1, "eni-1111aaaa2222bbbb3"],
      ["10.0.1.5", "203.0.113.5", 443, 1, "eni-1235b8ca123456789"],
    ]);
  });

  it("through a transit gateway name the client behind it, whichever interface saw it", async () => {
    const { rows } = await flowsOf("transit-gateway.log", "client, server, server_port, connections, observer");
    const ends = ["10.20.33.164", "10.40.2.236", 80];
    expect(rows).toEqual([
      [...ends, 0, "eni-22222222222222222"],
      [...ends, 0, "eni-33333333333333333"],
      [...ends, 1, "eni-11111111111111111"],
      [...ends, 1, "eni-33333333333333333"],
    ]);
  });

  it("of version 5 are read beside service, path and direction", async () => {
    const { rows } = await flowsOf("service.log", "client, server, server_port, connections, bytes");
    expect(rows).toEqual([
      ["10.0.0.71", "52.95.128.179", 80, 0, 15_044],
      ["10.0.0.71", "52.95.128.179", 80, 1, 471],
    ]);
  });

  it.each([
    ["nat-gateway.log", ["srcport", "dstport", "start", "end"]],
    ["transit-gateway.log", ["start", "end"]],
  ])("of %s as the documentation has them say which fields to add", async (sample, missing) => {
    const [header = "", ...lines] = readFileSync(join(samples, sample), "utf8").trim().split("\n");
    const without = header.split(" ").map((field) => !missing.includes(field));
    const strip = (line: string) =>
      line
        .split(" ")
        .filter((_, i) => without[i])
        .join(" ");
    const log = writeLog(folder, [header, ...lines].map(strip));
    for (const field of missing) {
      await expect(readInto(log)).rejects.toThrow(`field "${field}" is missing; add it to the flow log's format`);
    }
  });
});

describe("fields of later versions", () => {
  const versions: [number, string, Record<string, string>][] = [
    [3, "vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr", { "tcp-flags": "2", type: "IPv4" }],
    [4, "region az-id sublocation-type sublocation-id", { region: "eu-west-1", "sublocation-type": "outpost" }],
    [
      5,
      "pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path",
      { "traffic-path": "8", "flow-direction": "egress" },
    ],
    [
      7,
      "ecs-cluster-arn ecs-cluster-name ecs-container-instance-arn ecs-container-instance-id ecs-container-id ecs-second-container-id ecs-service-name ecs-task-definition-arn ecs-task-arn ecs-task-id",
      { "ecs-cluster-arn": "arn:aws:ecs:eu-west-1:123456789012:cluster/main", "ecs-service-name": "web" },
    ],
    [8, "reject-reason", { "reject-reason": "BPA" }],
    [9, "resource-id", { "resource-id": "nat-0123456789abcdef0", "interface-id": "-" }],
    [10, "encryption-status", { "encryption-status": "0" }],
  ];

  it.each(versions)("of version %d are known, whichever are asked for", async (version, added, values) => {
    const header = `version interface-id srcaddr dstaddr srcport dstport protocol start end ${added}`;
    const into = newHistory();
    const log = writeLog(folder, [header, record({ version, ...values }, header)]);
    expect((await readInto(log, into))[0]).toMatchObject({ lines: 1, stored: 1 });
    const observer = values["resource-id"] ?? "eni-0a";
    expect(await rowsOf(into, "client, server, observer")).toEqual([["10.0.0.1", "10.0.0.2", observer]]);
  });
});

/** Columns of the documentation's Parquet types. */
const columns = `2::INTEGER AS version, '123456789012' AS account_id, 'eni-0a' AS interface_id`;
const ends = `'10.0.0.1' AS srcaddr, '10.0.0.2' AS dstaddr, (40000 + i)::INTEGER AS srcport, 443::INTEGER AS dstport`;
const rest = `6::INTEGER AS protocol, 10::BIGINT AS packets, (1000 + i)::BIGINT AS bytes, (${midnight} + i)::BIGINT AS start,
  (${midnight} + i + 60)::BIGINT AS "end", 'ACCEPT' AS action, 'OK' AS log_status, 2::INTEGER AS tcp_flags,
  '-' AS pkt_srcaddr, NULL::VARCHAR AS pkt_dstaddr`;

/** Writes a Parquet file as AWS does. */
async function writeParquet(path: string, select = `SELECT ${columns}, ${ends}, ${rest} FROM range(20) t(i)`) {
  mkdirSync(dirname(path), { recursive: true });
  const database = await openDatabase({ threads: 1 });
  try {
    await database.run(`COPY (${select}) TO ${quoted(path)} (FORMAT parquet, COMPRESSION snappy)`);
  } finally {
    database.close();
  }
  return path;
}
let parquets = 0;
const newParquet = () => join(folder, "parquet", `${parquets++}.log.parquet`);

describe("a Parquet flow log", () => {
  it("comes to the same rows as the text", async () => {
    const [asTable, asText] = [newHistory(), newHistory()];
    const [report] = await readInto(await writeParquet(newParquet()), asTable);
    expect(report).toMatchObject({ format: "vpc-flow-logs", lines: 20, stored: 20, rejected: 0 });
    const lines = Array.from({ length: 20 }, (_, i) =>
      record({ srcport: 40_000 + i, bytes: 1000 + i, start: midnight + i, end: midnight + i + 60 }),
    );
    await readInto(writeLog(folder, lines), asText);
    expect(await rowsOf(asTable, "*")).toEqual(await rowsOf(asText, "*"));
  });

  it("has its missing values, records without data, IPv6 and broken rows read as the text has them", async () => {
    const good = `SELECT ${columns}, ${ends}, ${rest} FROM range(20) t(i)`;
    const changed = (values: string) => `SELECT * REPLACE (${values}) FROM (${good}) WHERE bytes = 1000`;
    const select = [
      good,
      changed("'NODATA' AS log_status, NULL AS srcaddr, NULL AS srcport, NULL AS protocol, NULL AS bytes"),
      changed("1 AS protocol"),
      changed("'2001:DB8::1' AS srcaddr, NULL AS tcp_flags"),
      changed("99999 AS srcport"),
      changed("NULL AS dstaddr"),
    ].join(" UNION ALL ");
    const into = newHistory();
    const [report] = await readInto(await writeParquet(newParquet(), select), into);
    expect(report).toMatchObject({ lines: 25, stored: 21, rejected: 2 });
    expect(report?.skippedReasons).toEqual({
      "log-status NODATA": 1,
      "protocol 1 has no ports, so no one opens a connection": 1,
    });
    const rejects = readFileSync(report?.rejectsFile ?? "", "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rejects).toMatchObject([
      { line: 24, reason: 'srcport "99999": expected a whole number from 0 to 65535' },
      { line: 25, reason: 'dstaddr "-": expected an IPv4 or IPv6 address' },
    ]);
    expect(await rowsOf(into, "DISTINCT client")).toEqual([["10.0.0.1"], ["2001:db8::1"]]);
  });

  it("may have columns of others, and needs those that a flow is made of", async () => {
    const path = await writeParquet(
      newParquet(),
      `SELECT ${columns}, ${ends}, ${rest}, 'x' AS tenant FROM range(20) t(i)`,
    );
    expect((await readInto(path))[0]).toMatchObject({ stored: 20 });
    const without = await writeParquet(newParquet(), `SELECT ${columns}, ${ends} FROM range(20) t(i)`);
    await expect(readInto(without)).rejects.toThrow('field "start" is missing');
    const other = await writeParquet(newParquet(), "SELECT 1 AS a, 2 AS b");
    await expect(readInto(other)).rejects.toThrow('"a b" is of no known format');
    await expect(ingest(path, { into: newHistory(), format: "edges-csv" })).rejects.toThrow(
      '"edges-csv" is not read from Parquet',
    );
    expect((await ingest(path, { into: newHistory(), format: "vpc-flow-logs" }))[0]).toMatchObject({ stored: 20 });
  });

  it.each([
    ["cut short", (path: string) => truncateSync(path, 700)],
    ["only its first bytes", (path: string) => truncateSync(path, 4)],
    [
      "overwritten in the middle",
      (path: string) => {
        const bytes = readFileSync(path);
        writeFileSync(path, bytes.fill(0x5a, 4, bytes.length / 2));
      },
    ],
  ])("that is %s is refused with a remedy, and nothing stored changes", async (_, damage) => {
    const into = newHistory();
    await readInto(await writeParquet(newParquet()), into);
    const before = contentOf(into);
    const path = await writeParquet(newParquet(), `SELECT ${columns}, ${ends}, ${rest} FROM range(3000) t(i)`);
    damage(path);
    await expect(readInto(path, into)).rejects.toThrow(
      /is damaged or incomplete Parquet .*; copy the file again, whole/,
    );
    expect(contentOf(into)).toEqual(before);
  });

  it("in a bucket with Hive's prefixes and hours, beside text, is read once", async () => {
    const bucket = join(folder, "bucket", "AWSLogs");
    const hour = join(
      bucket,
      "aws-account-id=123456789012/aws-service=vpcflowlogs/aws-region=eu-west-1/year=2022/month=08/day=20/hour=00",
    );
    const name = "123456789012_vpcflowlogs_eu-west-1_fl-1234abcd_20220820T0000Z_fe123456";
    const parquet = await writeParquet(join(hour, `${name}.log.parquet`));
    const plain = join(bucket, "123456789012/vpcflowlogs/eu-west-1/2022/08/20");
    mkdirSync(plain, { recursive: true });
    writeFileSync(join(plain, `${name}.log.gz`), gzipSync(readFileSync(join(samples, "service.log"))));
    copyFileSync(parquet, join(plain, "a-copy-by-another-name"));
    const into = newHistory();
    const reports = await readInto(join(folder, "bucket"), into);
    expect(reports.map((r) => [r.stored, r.alreadyStored])).toEqual([
      [2, false],
      [20, false],
      [0, true],
    ]);
    expect(await rowsOf(into, "count(*)::INTEGER")).toEqual([[22]]);
  });
});
