import { InputError, show } from "../../input/problems.js";
import type { Format, JsonFormat, TextFormat } from "../format.js";
import { conntrack } from "./conntrack.js";
import { edgesCsv } from "./edgesCsv.js";
import { hubble } from "./hubble.js";
import { istio } from "./istio.js";
import { nezhaSpans } from "./nezhaSpans.js";
import { otlpSpans } from "./otlpSpans.js";
import { probe } from "./probe.js";
import { serviceGraph } from "./serviceGraph.js";
import { ss } from "./ss.js";
import { vpcFlowLogs } from "./vpcFlowLogs.js";

/** Every format, in the order in which `auto` asks them. */
export const formats: readonly Format[] = [
  vpcFlowLogs,
  edgesCsv,
  conntrack,
  ss,
  probe,
  hubble,
  nezhaSpans,
  otlpSpans,
  serviceGraph,
  istio,
];

const names = () => formats.map((f) => f.name).join(", ");

/**
 * The format called `name`; undefined for `auto`.
 * @throws InputError where there is none, naming those there are
 */
export function namedFormat(name: string, source: string): Format | undefined {
  if (name === "auto") return undefined;
  const format = formats.find((f) => f.name === name);
  if (format) return format;
  throw new InputError(source, [
    { place: "--format", message: `${show(name)} is not a known format; expected auto, ${names()}` },
  ]);
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

function unknownFormat(source: string, beginning: unknown): never {
  throw new InputError(source, [
    {
      place: `${source}:1`,
      message: `${show(beginning)} is of no known format; name one with --format (${names()}), or leave the file out`,
    },
  ]);
}
