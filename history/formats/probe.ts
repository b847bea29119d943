import { isObject, type JsonObject } from "../document.js";
import { FieldError, readAddress, readCount, readInteger, readTime, rejectable } from "../fields.js";
import type { JsonFormat, Parsed } from "../format.js";
import { tcp } from "../opener.js";

/** What a probe calls its documents; the version is that of their fields. */
export const probeFormat = "firebreak-probe";
export const probeVersion = 1;

/** Connections of one client into one port of one server. */
export interface ProbeFlow {
  readonly client: string;
  readonly server: string;
  readonly port: number;
  /** Connections that came to be open, and those that were never answered. */
  readonly opened: number;
  readonly failed: number;
}

/** One line of what a probe writes and sends: what one observer saw in one window. */
export interface ProbeDocument {
  readonly format: typeof probeFormat;
  readonly version: typeof probeVersion;
  readonly observer: string;
  /** Unix seconds; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
  readonly flows: readonly ProbeFlow[];
}

/** A window is a minute or so; one of more than a day is a broken time. */
const longestWindow = 86_400;

const fieldsOf = {
  document: new Set(["format", "version", "observer", "start", "end", "flows"]),
  flow: new Set(["client", "server", "port", "opened", "failed"]),
};

/** What `firebreak probe` writes: JSON Lines, each line a `ProbeDocument`. Its own version is checked line by line. */
export const probe: JsonFormat = {
  kind: "json",
  name: "probe",
  detect: (document) => isObject(document) && document.format === probeFormat,
  parse: (document) => {
    const window = rejectable(() => readWindow(document));
    return "reject" in window ? [window] : window.flows.flatMap((flow, i) => readFlow(flow, i, window));
  },
};

interface Window {
  readonly start: number;
  readonly end: number;
  readonly observer: string;
  readonly flows: readonly unknown[];
}

function readWindow(document: unknown): Window {
  if (!isObject(document)) throw new FieldError("document", textOf(document), "an object");
  if (document.format !== probeFormat) throw new FieldError("format", textOf(document.format), probeFormat);
  if (document.version !== probeVersion) {
    throw new FieldError(
      "version",
      textOf(document.version),
      `${probeVersion}; read it by the firebreak that wrote it`,
    );
  }
  checkKnown("", document, fieldsOf.document);
  const start = readTime("start", textOf(document.start));
  const end = readTime("end", textOf(document.end));
  if (end <= start) throw new FieldError("end", String(end), `a time after start, ${start}`);
  if (end - start > longestWindow)
    throw new FieldError("end", String(end), `a time at most a day after start, ${start}`);
  const { observer, flows } = document;
  if (typeof observer !== "string" || !/^[\x21-\x7e]{1,255}$/.test(observer)) {
    throw new FieldError("observer", textOf(observer), "a name of 1 to 255 characters without spaces");
  }
  if (!Array.isArray(flows)) throw new FieldError("flows", textOf(flows), "a list");
  return { start, end, observer, flows };
}

function readFlow(value: unknown, index: number, window: Window): Parsed[] {
  const place = `flows[${index}]`;
  const parsed = rejectable(() => {
    if (!isObject(value)) throw new FieldError(place, textOf(value), "an object");
    checkKnown(`${place}.`, value, fieldsOf.flow);
    const opened = readCount(`${place}.opened`, textOf(value.opened));
    const failed = readCount(`${place}.failed`, textOf(value.failed));
    if (opened + failed === 0)
      throw new FieldError(`${place}.opened`, "0", "at least one connection, opened or failed");
    const common = {
      start: window.start,
      end: window.end,
      client: readAddress(`${place}.client`, textOf(value.client)),
      server: readAddress(`${place}.server`, textOf(value.server)),
      clientPort: null,
      serverPort: readInteger(`${place}.port`, textOf(value.port), 1, 65_535),
      protocol: tcp,
      requests: null,
      bytes: 0,
      sampling: 1,
      observer: window.observer,
      undecided: false,
    };
    const flows: Parsed[] = [];
    if (opened > 0) flows.push({ flow: { ...common, connections: opened, failed: null, outcome: "accepted" } });
    if (failed > 0) flows.push({ flow: { ...common, connections: failed, failed, outcome: "rejected" } });
    return flows;
  });
  return "reject" in parsed ? [parsed] : parsed;
}

function checkKnown(place: string, value: JsonObject, known: ReadonlySet<string>): void {
  for (const key of Object.keys(value)) {
    if (!known.has(key)) throw new FieldError(`${place}field`, key, `one of ${[...known].join(", ")}`);
  }
}

/** A value as the readers of fields take it. Lists and objects, which none of them wants, are not looked into. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "[…]" : "{…}";
  return value === undefined ? undefined : String(value);
}
