import type { GateReport } from "../types.js";

/** What a report is written with, beside what was found. */
export interface ReportStyle {
  /** Firebreak's version. */
  readonly version: string;
  readonly colour: boolean;
  /** The file that was checked, as people named it; absent for standard input. */
  readonly input?: string;
}

/** One way to write what a gate found. To add one, write a file beside the others and a line in `index.ts`. */
export interface ReportFormat {
  readonly name: string;
  /** Of a file that holds it, without the dot. */
  readonly extension: string;
  /** The whole document, ending with a line end. Names and messages of others are never read as its markup. */
  readonly write: (report: GateReport, style: ReportStyle) => string;
}
