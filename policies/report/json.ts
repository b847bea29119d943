import type { ReportFormat } from "./format.js";
import { plainValue } from "./wording.js";

/** The report as it is, for programs. */
export const json: ReportFormat = {
  name: "json",
  extension: "json",
  write: (report, { version }) => {
    const document = { schema: "firebreak.report/v1", version, ...report };
    // A line separator is a line end to some readers of JSON, though not to JSON.
    const text = JSON.stringify(document, plainValue, 2).replace(/[\u2028\u2029]/g, (sign) =>
      sign === "\u2028" ? "\\u2028" : "\\u2029",
    );
    return `${text}\n`;
  },
};
