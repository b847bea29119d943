import { isLink, readLinks } from "../dependencyLinks.js";
import type { JsonObject } from "../document.js";
import { readWhole } from "../documentFields.js";
import { FieldError } from "../fields.js";
import type { JsonFormat } from "../format.js";

const name = "zipkin-dependencies";

/**
 * Links between services as Zipkin answers them (`/api/v2/dependencies?endTs=…&lookback=…`).
 * https://zipkin.io/zipkin-api/#/default/get_dependencies
 */
export const zipkinDependencies: JsonFormat = {
  kind: "json",
  name,
  needsWindow: true,
  detect: (document) => Array.isArray(document) && document.some(isLink),
  parse: (document, window) =>
    Array.isArray(document)
      ? readLinks("links", document, window, name, failedOf)
      : [{ reject: new FieldError("document", document, "a list of links").message }],
};

/** Zipkin leaves out a count of errors that is 0. */
function failedOf(place: string, { errorCount }: JsonObject, calls: number): number {
  const failed = readWhole(`${place}.errorCount`, errorCount) ?? 0;
  if (failed > calls) throw new FieldError(`${place}.errorCount`, errorCount, `at most its calls, ${calls}`);
  return failed;
}
