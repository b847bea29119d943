import { isObject, type JsonObject, readObject, readText } from "./document.js";
import { readWhole } from "./documentFields.js";
import { FieldError, rejectable } from "./fields.js";
import type { Parsed, TimeWindow } from "./format.js";

/** Whether a value is a link between two services: `parent`, `child` and `callCount`. */
export const isLink = (value: unknown): value is JsonObject =>
  isObject(value) && "parent" in value && "child" in value && "callCount" in value;

/**
 * The links of one answer as flows that last as long as the time that was asked for; it stands in the request only.
 * @param failedOf the calls of a link that failed, null where they are not told
 */
export function readLinks(
  place: string,
  links: readonly unknown[],
  window: TimeWindow | undefined,
  format: string,
  failedOf: (place: string, link: JsonObject, calls: number) => number | null,
): Parsed[] {
  if (window === undefined) return [{ reject: windowRemedy(format) }];
  return links.map((value, i) => rejectable(() => readLink(`${place}[${i}]`, value, window, format, failedOf)));
}

/** What is missing where a document tells no time. */
export const windowRemedy = (format: string) =>
  `${format} tells no time; give the time that was asked for, such as --from 2026-11-25T10:00:00Z --to 2026-11-25T11:00:00Z`;

function readLink(
  place: string,
  value: unknown,
  window: TimeWindow,
  format: string,
  failedOf: (place: string, link: JsonObject, calls: number) => number | null,
): Parsed {
  const link = readObject(place, value);
  const name = (field: string) => {
    const text = readText(`${place}.${field}`, link[field]).trim();
    if (text === "") throw new FieldError(`${place}.${field}`, link[field], "the name of a service");
    return text;
  };
  const [client, server] = [name("parent"), name("child")];
  const calls = readWhole(`${place}.callCount`, link.callCount);
  if (calls === undefined) throw new FieldError(`${place}.callCount`, calls, "a number of calls");
  const failed = failedOf(place, link, calls);
  if (calls === 0) return { skip: "no calls" };
  return {
    flow: {
      ...{ start: window.from, end: window.to, client, server, clientPort: null, serverPort: null, protocol: null },
      ...{ requests: calls, connections: calls, bytes: 0, failed, sampling: 1, observer: format },
      outcome: "accepted",
      undecided: false,
    },
  };
}
