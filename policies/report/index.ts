import type { ReportFormat } from "./format.js";
import { github } from "./github.js";
import { json } from "./json.js";
import { junit } from "./junit.js";
import { sarif } from "./sarif.js";
import { summary } from "./summary.js";
import { text } from "./text.js";

/** Every format that `check --format` knows, the default first. */
export const reportFormats: readonly ReportFormat[] = [text, json, sarif, junit, github, summary];
