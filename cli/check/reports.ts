import { resolve } from "node:path";
import { InputError, type Problem, throwProblems } from "../../input/problems.js";
import type { ReportFormat } from "../../policies/report/format.js";
import { reportFormats } from "../../policies/report/index.js";
import { countsSentence } from "../../policies/report/wording.js";
import type { GateReport } from "../../policies/types.js";
import { writeWhole } from "../../stores/wholeFile.js";
import type { Call } from "../command.js";
import { version } from "../version.js";

/** A report that is asked for: to a file, or to stdout where there is none. */
export interface WantedReport {
  readonly format: ReportFormat;
  readonly file?: string;
}

/**
 * The reports that `--format NAME[=FILE]` and `--json` ask for; text on stdout where none is.
 * @throws InputError with every format that is none, and where two would be written to one place
 */
export function wantedReports({ flags, terminal }: Call): WantedReport[] {
  const given = [...((flags.format as readonly string[] | undefined) ?? []), ...(flags.json === true ? ["json"] : [])];
  const problems: Problem[] = [];
  const wanted = (given.length === 0 ? ["text"] : given).flatMap((text): WantedReport[] => {
    const [name = "", ...rest] = text.split("=");
    const path = rest.join("=");
    const format = reportFormats.find((known) => known.name === name);
    if (format === undefined) {
      const names = reportFormats.map((known) => known.name).join(", ");
      problems.push({ place: "--format", message: `${JSON.stringify(name)} is none; give one of ${names}` });
      return [];
    }
    if (rest.length > 0 && path === "") {
      problems.push({ place: "--format", message: `${name}= names no file; give one, or leave the = out` });
    }
    return [{ format, ...(path !== "" && path !== "-" && { file: resolve(terminal.cwd, path) }) }];
  });
  for (const [i, { file }] of wanted.entries()) {
    if (!wanted.slice(0, i).some((earlier) => earlier.file === file)) continue;
    const message = `two reports go to ${file ?? "standard output"}; give one of them another file, as in sarif=FILE`;
    problems.push({ place: "--format", message });
  }
  throwProblems("check", problems);
  return wanted;
}

/** Writes every report whole: files first, so that they are there however this ends. */
export async function writeReports(
  { terminal }: Call,
  wanted: readonly WantedReport[],
  report: GateReport,
  input: string | undefined,
): Promise<void> {
  const style = { version: version(), ...(input !== undefined && { input }) };
  const written = wanted.map(({ format, file }) => {
    const colour = file === undefined && terminal.colour;
    return { file, content: format.write(report, { ...style, colour }) };
  });
  for (const { file, content } of written) {
    if (file !== undefined) await writeFile(file, content);
  }
  const shown = written.find(({ file }) => file === undefined);
  if (shown) terminal.out(shown.content);
  else terminal.err(`firebreak: ${countsSentence(report)}; ${report.blocked ? "blocked" : "not blocked"}\n`);
}

/** @throws InputError where it cannot be written */
export async function writeFile(file: string, content: string): Promise<void> {
  try {
    await writeWhole(file, content);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new InputError("check", [{ place: file, message: `cannot be written (${code}); choose another file` }]);
  }
}
