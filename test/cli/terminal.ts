import { Readable } from "node:stream";
import { run } from "../../cli/main.js";

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line in this process, in a folder, with a standard input and a clock of the test's. */
export async function firebreak(
  args: readonly string[],
  where: {
    readonly cwd: string;
    readonly stdin?: string;
    readonly now?: number;
    readonly env?: NodeJS.ProcessEnv;
    /** Whether people look at stderr. */
    readonly interactive?: boolean;
    readonly onInterrupt?: (stop: () => void) => () => void;
    readonly onEnd?: (stop: () => void) => void;
  },
): Promise<Said> {
  let out = "";
  let err = "";
  const code = await run(["node", "firebreak", ...args], {
    stdin: Readable.from(where.stdin === undefined ? [] : [Buffer.from(where.stdin)]),
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    interactive: where.interactive ?? false,
    colour: false,
    cwd: where.cwd,
    env: where.env ?? process.env,
    now: () => where.now ?? Date.parse("2026-11-25T10:00:00Z") / 1000,
    onInterrupt: where.onInterrupt ?? (() => () => {}),
    onEnd: where.onEnd ?? (() => {}),
  });
  return { code, out, err };
}
