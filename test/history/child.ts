import { spawn } from "node:child_process";

export interface ChildRun {
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
  /** The steps that it said were done, in order. */
  readonly acknowledged: readonly string[];
}

/**
 * Runs the child program on a history.
 * @param kill boundary at which it kills itself, or 0
 * @param after steps that are done before it is killed, and `delay` milliseconds later; never where not given
 */
export async function runChild(
  program: string,
  history: string,
  steps: readonly string[],
  { kill = 0, after, delay = 0 }: { readonly kill?: number; readonly after?: number; readonly delay?: number } = {},
): Promise<ChildRun> {
  const child = spawn(process.execPath, [program, history, String(kill), ...steps], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  let timer: NodeJS.Timeout | undefined;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    // It says first that it is ready.
    if (after !== undefined && said.split("\n").length - 2 >= after) {
      timer ??= setTimeout(() => child.kill("SIGKILL"), delay);
    }
  });
  return new Promise((done, failed) => {
    child.once("error", failed);
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      done({ code, signal, acknowledged: said.split("\n").slice(1, -1) });
    });
  });
}
