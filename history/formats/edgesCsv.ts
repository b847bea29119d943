import { type CsvColumns, isHeader, lineValues, readHeader } from "../csvHeader.js";
import { FieldError, readCount, readInteger, rejectable } from "../fields.js";
import type { Parsed, TextFormat } from "../format.js";

const required = ["minute", "caller", "callee", "calls"] as const;
const csv: CsvColumns = {
  known: new Set(["app", ...required, "srv_p50_us", "srv_p90_us", "srv_mean_us", "cli_p50_us", "cli_p90_us"]),
  required,
};

/** The caller that stands for everyone outside. */
const outside = "USER";

/** Minutes since 1970 that fall into the years 2000 to 2100. */
const earliestMinute = 15_778_080;
const latestMinute = 68_374_079;

/** Calls per minute between named services, as a service graph or traces give them: one line a caller, callee and minute. */
export const edgesCsv: TextFormat = {
  kind: "text",
  name: "edges-csv",
  detect: (firstLines) => isHeader(firstLines[0] ?? "", csv),
  open: (firstLine, source) => {
    const read = lineReader(readHeader(firstLine, csv, source));
    return { headerLines: 1, parse: (line) => rejectable(() => read(line)) };
  },
};

function lineReader(columns: readonly string[]): (line: string) => Parsed {
  const minuteAt = columns.indexOf("minute");
  const callerAt = columns.indexOf("caller");
  const calleeAt = columns.indexOf("callee");
  const callsAt = columns.indexOf("calls");
  return (line) => {
    const values = lineValues(line, columns);
    if ("reject" in values) return values;
    const minute = readMinute(values[minuteAt]);
    const caller = readName("caller", values[callerAt]);
    const callee = readName("callee", values[calleeAt]);
    if (callee === outside) throw new FieldError("callee", callee, `a service; ${outside} only calls`);
    const calls = readCount("calls", values[callsAt], 1);
    return {
      flow: {
        start: minute * 60,
        end: minute * 60 + 60,
        client: caller === outside ? null : caller,
        server: callee,
        clientPort: null,
        serverPort: null,
        protocol: null,
        requests: calls,
        connections: calls,
        bytes: 0,
        failed: null,
        sampling: 1,
        observer: "edges-csv",
        outcome: "accepted",
        undecided: false,
      },
    };
  };
}

function readMinute(text: string | undefined): number {
  try {
    return readInteger("minute", text, earliestMinute, latestMinute);
  } catch {
    throw new FieldError("minute", text, "unix seconds divided by 60, between the years 2000 and 2100");
  }
}

function readName(column: string, text: string | undefined): string {
  const name = text?.trim() ?? "";
  if (name !== "" && !name.includes('"')) return name;
  throw new FieldError(column, text, "a service's name, without quotes");
}
