import { relative, sep } from "node:path";
import type { Readable } from "node:stream";
import { styleText } from "node:util";
import { percent } from "../policies/report/percent.js";

type Style = Parameters<typeof styleText>[0];

/** Where a command reads and writes; tests give their own. */
export interface Terminal {
  readonly stdin: Readable;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether people look at stderr: progress is shown. */
  readonly interactive: boolean;
  readonly colour: boolean;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Unix seconds. */
  readonly now: () => number;
  /**
   * Calls `stop` when the person asks to stop (Ctrl-C, SIGINT), until what it gives back is called. Where no one listens,
   * the process ends at once.
   */
  readonly onInterrupt: (stop: () => void) => () => void;
  /** Calls `stop` when the process is asked to end, by Ctrl-C or by whoever runs it as a service (SIGTERM). */
  readonly onEnd: (stop: () => void) => void;
}

export function processTerminal(): Terminal {
  // The reader has seen enough (`firebreak simulate | head`): nothing is left to do, and nothing went wrong.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(process.exitCode ?? 0);
    throw error;
  });
  return {
    stdin: process.stdin,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    interactive: process.stderr.isTTY === true,
    colour: process.stdout.isTTY === true && !process.env.NO_COLOR,
    cwd: process.cwd(),
    env: process.env,
    now: () => Date.now() / 1000,
    onInterrupt: (stop) => {
      process.once("SIGINT", stop);
      return () => void process.removeListener("SIGINT", stop);
    },
    onEnd: (stop) => {
      process.once("SIGINT", stop);
      process.once("SIGTERM", stop);
    },
  };
}

export function paint(terminal: Terminal, style: Style, text: string): string {
  return terminal.colour ? styleText(style, text) : text;
}

/** A file's path as people here would type it: relative where it lies below the working folder. */
export function nearPath(terminal: Terminal, path: string): string {
  const near = relative(terminal.cwd, path);
  return near === "" || near === ".." || near.startsWith(`..${sep}`) ? path : near;
}

/** Exactly one JSON document on stdout. */
export function printJson(terminal: Terminal, value: unknown): void {
  terminal.out(`${JSON.stringify(value, null, 2)}\n`);
}

/** A table with a header; columns whose every cell reads as a number are aligned to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const columns = header.map((title, i) => {
    const cells = rows.map((row) => row[i] ?? "");
    return {
      width: Math.max(title.length, ...cells.map((cell) => cell.length)),
      numeric: cells.length > 0 && cells.every((cell) => /^[-+]?[\d.,%±… –-]*$/.test(cell)),
    };
  });
  const line = (cells: readonly string[]) =>
    columns
      .map(({ width, numeric }, i) => (numeric ? (cells[i] ?? "").padStart(width) : (cells[i] ?? "").padEnd(width)))
      .join("  ")
      .trimEnd();
  return `${[line(header), line(columns.map(({ width }) => "-".repeat(width))), ...rows.map(line)].join("\n")}\n`;
}

export { percent };

/** An interval of probabilities. */
export function percentRange(low: number, high: number): string {
  return `${percent(low).replace(" %", "")}–${percent(high)}`;
}
