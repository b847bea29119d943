import { earliest, latest } from "../fields.js";
import { openerSql } from "../opener.js";
import { quoted } from "../parquet.js";
import { exactNumber, fieldPattern, ipv4Pattern, namedAddress, numberPattern, type RecordSql } from "../recordSql.js";
import { anyObserver, longestRow, portless, protocolsWithPorts, withoutData } from "./vpcFields.js";

/** The fields that a flow is made of, and those that say what a record is. */
const usedFields = [
  ...[
    "version",
    "log-status",
    "start",
    "end",
    "srcaddr",
    "dstaddr",
    "pkt-srcaddr",
    "pkt-dstaddr",
    "srcport",
    "dstport",
  ],
  ...["protocol", "tcp-flags", "packets", "bytes", "action", "interface-id", "instance-id", "resource-id"],
  "flow-direction",
] as const;

type UsedField = (typeof usedFields)[number];

/** How the fields of most records are spelt: one look at the whole line then stands for one at each of its fields. */
const usualPatterns: { readonly [field in UsedField]?: string } = {
  version: "([2-9]|10)",
  "log-status": "OK",
  start: numberPattern,
  end: numberPattern,
  srcaddr: ipv4Pattern,
  dstaddr: ipv4Pattern,
  "pkt-srcaddr": `(${ipv4Pattern}|-)`,
  "pkt-dstaddr": `(${ipv4Pattern}|-)`,
  srcport: numberPattern,
  dstport: numberPattern,
  protocol: numberPattern,
  "tcp-flags": `(${numberPattern}|-)`,
  packets: numberPattern,
  bytes: numberPattern,
};

/** How a VPC flow log of these fields is read by SQL; the reason for each condition is where JavaScript does the same. */
export function vpcRecordSql(fields: readonly string[]): RecordSql {
  const has = (field: UsedField) => fields.includes(field);
  /** The place of a field in a record; NULL where the format has none. */
  const place = (field: UsedField) => (has(field) ? `f[${fields.indexOf(field) + 1}]` : "NULL::VARCHAR");
  const part = (field: UsedField) => `"part ${field}"`;
  /** NULL where the record has `-`. */
  const text = (value: string) => `nullif(${value}, '-')`;
  const oneOf = (first: string, second: string) => `coalesce(${text(first)}, ${text(second)})`;
  const unlessMissing = (field: UsedField, condition: string) => (has(field) ? [condition] : []);
  const isCount = (column: string) => `${column} <= ${Number.MAX_SAFE_INTEGER}`;
  const isVersion = `(length(${part("version")}) = 1 AND ${part("version")} BETWEEN '2' AND '9' OR ${part("version")} = '10')`;
  const usualLine = fields.map((field) => usualPatterns[field as UsedField] ?? fieldPattern).join(" ");
  const exact = (field: UsedField, type: string) => exactNumber(part(field), type, "plain");
  // Not IN, which DuckDB makes a join of.
  const isPorted = [...protocolsWithPorts].map((number) => `protocol = ${number}`).join(" OR ");

  const known = [
    "logged = 'OK'",
    `start >= ${earliest} AND "end" < ${latest} AND "end" >= start AND "end" - start <= ${longestRow}`,
    "source IS NOT NULL AND destination IS NOT NULL",
    ...unlessMissing("protocol", "protocol IS NOT NULL"),
    ...unlessMissing("packets", isCount("packets")),
    ...unlessMissing("bytes", isCount("bytes")),
    "action IN ('ACCEPT', 'REJECT')",
  ].join(" AND ");

  return {
    addresses: [oneOf(place("pkt-srcaddr"), place("srcaddr")), oneOf(place("pkt-dstaddr"), place("dstaddr"))],
    select: (records, names) => `
      WITH parts AS (
        SELECT ${usedFields.map((field) => `${place(field)} AS ${part(field)}`).join(", ")},
          len(f) = ${fields.length} AS whole, regexp_full_match(line, '${usualLine}') AS plain, known_skip, line, number
        FROM (${records})
      ), typed AS (
        SELECT known_skip, line, number, plain,
          whole ${has("version") ? `AND ${isVersion}` : ""} AS whole,
          ${has("log-status") ? part("log-status") : "'OK'"} AS logged,
          ${exact("start", "UINTEGER")} AS start, ${exact("end", "UINTEGER")} AS "end",
          ${oneOf(part("pkt-srcaddr"), part("srcaddr"))} AS source_text,
          ${oneOf(part("pkt-dstaddr"), part("dstaddr"))} AS destination_text,
          ${exact("srcport", "USMALLINT")} AS source_port,
          ${exact("dstport", "USMALLINT")} AS destination_port,
          ${exact("protocol", "UTINYINT")} AS protocol,
          ${exact("tcp-flags", "UTINYINT")} AS tcp_flags, ${text(part("tcp-flags"))} AS flags_text,
          ${exact("packets", "UBIGINT")} AS packets, ${exact("bytes", "UBIGINT")} AS bytes,
          ${has("action") ? part("action") : "'ACCEPT'"} AS action,
          coalesce(${text(part("interface-id"))}, ${text(part("instance-id"))}, ${text(part("resource-id"))}) AS seen_by,
          ${part("flow-direction")} AS direction
        FROM parts
      ), named AS (
        SELECT typed.*, ${namedAddress("source_text", names ? "s.name" : "NULL", "plain")} AS source,
          ${namedAddress("destination_text", names ? "d.name" : "NULL", "plain")} AS destination
        FROM typed
        ${names ? "LEFT JOIN names s ON s.text = source_text LEFT JOIN names d ON d.text = destination_text" : ""}
      ), judged AS (
        SELECT *, coalesce(whole AND ${known}, false) AS known, ${openerSql} AS opener,
          coalesce(protocol IS NULL OR ${isPorted}, false) AS ported
        FROM named
      ), told AS (
        SELECT *, coalesce(opener = 'destination', false) AS turned,
          CASE
            WHEN known_skip IS NOT NULL THEN known_skip
            WHEN whole AND logged IN ('NODATA', 'SKIPDATA') THEN ${withValue(withoutData, "logged")}
            WHEN known AND NOT ported THEN ${withValue(portless, "protocol")}
          END AS skip
        FROM judged
      )
      SELECT start, greatest("end", start + 1) AS "end",
        CASE WHEN turned THEN destination ELSE source END AS client,
        CASE WHEN turned THEN source ELSE destination END AS server,
        CASE WHEN turned THEN destination_port ELSE source_port END AS client_port,
        CASE WHEN turned THEN source_port ELSE destination_port END AS server_port,
        protocol, CASE WHEN turned THEN 0 ELSE 1 END AS connections,
        coalesce(bytes, 0) AS bytes,
        coalesce(seen_by, CASE direction WHEN 'egress' THEN source WHEN 'ingress' THEN destination END,
          ${quoted(anyObserver)}) AS observer,
        CASE WHEN action = 'REJECT' THEN 'rejected' ELSE 'accepted' END AS outcome,
        opener IS NULL AS undecided, skip, line, number,
        known AND skip IS NULL AND source_port IS NOT NULL AND destination_port IS NOT NULL
          AND (flags_text IS NULL OR tcp_flags IS NOT NULL) AS taken
      FROM told`,
  };
}

/** A reason with a column's value in it. */
const withValue = (reason: (value: string) => string, column: string) =>
  `replace(${quoted(reason("#"))}, '#', CAST(${column} AS VARCHAR))`;
