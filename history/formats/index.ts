import { InputError, show } from "../../input/problems.js";
import type { Format, JsonFormat, TableFormat, TextFormat } from "../format.js";
import { conntrack } from "./conntrack.js";
import { edgesCsv } from "./edgesCsv.js";
import { hubble } from "./hubble.js";
import { istio } from "./istio.js";
import { jaegerDependencies } from "./jaegerDependencies.js";
import { nezhaSpans } from "./nezhaSpans.js";
import { otlpSpans } from "./otlpSpans.js";
import { probe } from "./probe.js";
import { serviceGraph } from "./serviceGraph.js";
import { ss } from "./ss.js";
import { vpcFlowLogs } from "./vpcFlowLogs.js";
import { vpcFlowLogsTable } from "./vpcFlowLogsTable.js";
import { zipkinDependencies } from "./zipkinDependencies.js";

/** Every format, in the order in which `auto` asks them. */
export const formats: readonly Format[] = [
  vpcFlowLogs,
  vpcFlowLogsTable,
  edgesCsv,
  conntrack,
  ss,
  probe,
  hubble,
  nezhaSpans,
  otlpSpans,
  serviceGraph,
  istio,
  jaegerDependencies,
  zipkinDependencies,
];

/** What `--format` takes besides `auto`. */
export const formatNames: readonly string[] = [...new Set(formats.map((f) => f.name))];

const names = formatNames.join(", ");

/**
 * The format called `name` of a file that is Parquet, or is not; undefined for `auto`.
 * @throws InputError where there is none, naming those there are
 */
export function namedFormat(name: string, source: string, parquet: false): TextFormat | JsonFormat | undefined;
export function namedFormat(name: string, source: string, parquet: true): TableFormat | undefined;
export function namedFormat(name: string, source: string, parquet: boolean): Format | undefined {
  if (name === "auto") return undefined;
  const called = formats.filter((f) => f.name === name);
  const format = called.find((f) => (f.kind === "table") === parquet);
  if (format) return format;
  const message =
    called.length > 0
      ? `${show(name)} is not read from ${parquet ? "Parquet" : "text"}, as ${source} is; expected auto or another of ${names}`
      : `${show(name)} is not a known format; expected auto, ${names}`;
  throw new InputError(source, [{ place: "--format", message }]);
}

/** The first format that recognises the lines of a text; undefined where none does. */
export function findText(firstLines: readonly string[]): TextFormat | undefined {
  return formats.find((f) => f.kind === "text" && f.detect(firstLines)) as TextFormat | undefined;
}

/**
 * The first format that recognises the lines of a text.
 * @throws InputError where none does
 */
export function detectText(firstLines: readonly string[], source: string): TextFormat {
  return findText(firstLines) ?? unknownFormat(source, firstLines[0]);
}

/**
 * The first format that recognises one of the documents.
 * @throws InputError where none does
 */
export function detectJson(documents: readonly unknown[], source: string): JsonFormat {
  const found = formats.find((f) => f.kind === "json" && documents.some((d) => f.detect(d))) as JsonFormat | undefined;
  return found ?? unknownFormat(source, documents[0]);
}

/**
 * The first format that recognises the columns of a table.
 * @throws InputError where none does
 */
export function detectTable(columns: readonly string[], source: string): TableFormat {
  const found = formats.find((f) => f.kind === "table" && f.detect(columns)) as TableFormat | undefined;
  return found ?? unknownFormat(source, columns.join(" "));
}

function unknownFormat(source: string, beginning: unknown): never {
  throw new InputError(source, [
    {
      place: `${source}:1`,
      message: `${show(beginning)} is of no known format; name one with --format (${names}), or leave the file out`,
    },
  ]);
}
