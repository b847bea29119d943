import { isLink, readLinks } from "../dependencyLinks.js";
import { isObject, readList, readObject } from "../document.js";
import { FieldError, rejectable } from "../fields.js";
import type { JsonFormat } from "../format.js";

const name = "jaeger-dependencies";

/**
 * Links between services as Jaeger's query service answers them (`/api/dependencies?endTs=…&lookback=…`, what its page of the
 * system's architecture shows). It tells no failures.
 * https://www.jaegertracing.io/docs/latest/apis/
 */
export const jaegerDependencies: JsonFormat = {
  kind: "json",
  name,
  needsWindow: true,
  detect: (document) => isObject(document) && Array.isArray(document.data) && document.data.some(isLink),
  parse: (document, window) => {
    const links = rejectable(() => linksOf(document));
    return "reject" in links ? [links] : readLinks("data", links, window, name, () => null);
  },
};

function linksOf(document: unknown): readonly unknown[] {
  const answer = readObject("document", document);
  const [error] = readList("errors", answer.errors);
  if (error !== undefined) throw new FieldError("errors[0]", error, "an answer without errors; ask again");
  if (answer.data === undefined) throw new FieldError("data", answer.data, "a list of links");
  return readList("data", answer.data);
}
