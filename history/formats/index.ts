import { InputError, show } from "../../input/problems.js";
import type { Format } from "../format.js";
import { edgesCsv } from "./edgesCsv.js";
import { vpcFlowLogs } from "./vpcFlowLogs.js";

/** Every format, in the order in which `auto` asks them. */
export const formats: readonly Format[] = [vpcFlowLogs, edgesCsv];

/**
 * The format called `name`, or with `auto` the first that recognises the lines.
 * @throws InputError where there is none, naming those there are
 */
export function chooseFormat(name: string, firstLines: readonly string[], source: string): Format {
  const names = formats.map((f) => f.name).join(", ");
  if (name !== "auto") {
    const format = formats.find((f) => f.name === name);
    if (format) return format;
    throw new InputError(source, [
      { place: "--format", message: `${show(name)} is not a known format; expected auto, ${names}` },
    ]);
  }
  const format = formats.find((f) => f.detect(firstLines));
  if (format) return format;
  throw new InputError(source, [
    {
      place: `${source}:1`,
      message: `${show(firstLines[0])} is of no known format; name one with --format (${names}), or leave the file out`,
    },
  ]);
}
