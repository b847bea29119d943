import { type CsvColumns, isHeader, lineValues, readHeader } from "../csvHeader.js";
import { FieldError, readCount, readNanoseconds, rejectable } from "../fields.js";
import type { Parsed, TextFormat } from "../format.js";
import { workloadOf } from "../workload.js";

const columnNames = [
  "TraceID",
  "SpanID",
  "ParentID",
  "PodName",
  "OperationName",
  "StartTimeUnixNano",
  "EndTimeUnixNano",
  "Duration",
] as const;
type Column = (typeof columnNames)[number];

/** Required is what a flow is made from. */
const csv: CsvColumns = {
  known: new Set(columnNames),
  required: ["TraceID", "SpanID", "ParentID", "PodName", "StartTimeUnixNano"] satisfies Column[],
};

/** The parent of a trace's first span. */
const root = "root";

/**
 * Spans as the CSV files of the Nezha data set hold them: one span a line, without kinds and statuses.
 * https://github.com/IntelligentDDS/Nezha
 */
export const nezhaSpans: TextFormat = {
  kind: "text",
  name: "nezha-spans",
  detect: (firstLines) => isHeader(firstLines[0] ?? "", csv),
  open: (firstLine, source) => {
    const read = lineReader(readHeader(firstLine, csv, source));
    return { headerLines: 1, parse: (line) => rejectable(() => read(line)) };
  },
};

function lineReader(columns: readonly string[]): (line: string) => Parsed {
  const place = new Map(columns.map((column, i) => [column, i]));
  const at = (column: Column) => place.get(column) ?? -1;
  const traceAt = at("TraceID");
  const idAt = at("SpanID");
  const parentAt = at("ParentID");
  const podAt = at("PodName");
  const startAt = at("StartTimeUnixNano");
  const endAt = at("EndTimeUnixNano");
  const durationAt = at("Duration");
  return (line) => {
    const values = lineValues(line, columns);
    if ("reject" in values) return values;
    const trace = readId("TraceID", values[traceAt]);
    const id = readId("SpanID", values[idAt]);
    const parent = values[parentAt] === root ? null : readId("ParentID", values[parentAt], `, or ${root}`);
    const name = workloadOf(readPod(values[podAt]));
    const start = readNanoseconds("StartTimeUnixNano", values[startAt]);
    const end = endAt < 0 ? start : readNanoseconds("EndTimeUnixNano", values[endAt]);
    if (end < start) throw new FieldError("EndTimeUnixNano", values[endAt], "a time not before its start");
    if (durationAt >= 0) readCount("Duration", values[durationAt]);
    return { span: { trace, id, parent, name, kind: null, peer: null, start, end, failed: null, sampling: null } };
  };
}

function readId(column: Column, text: string | undefined, or = ""): string {
  if (text !== undefined && /^[0-9a-f]{1,32}$/i.test(text)) return text.toLowerCase();
  throw new FieldError(column, text, `hexadecimal digits${or}`);
}

function readPod(text: string | undefined): string {
  if (text !== undefined && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(text)) return text;
  throw new FieldError("PodName", text, "a pod's name: lower-case letters, digits, - and .");
}
