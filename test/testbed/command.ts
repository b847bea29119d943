import { type ChildProcess, spawn } from "node:child_process";
import { constants, setPriority } from "node:os";

export interface Outcome {
  /** Exit code, or null where a signal ended the command or it never started. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: string;
  /** Milliseconds after which the command and everything it started is killed. Default: no limit. */
  readonly timeout?: number;
  /** Lets other processes go first: a long build beside running tests. */
  readonly yielding?: boolean;
}

const running = new Set<ChildProcess>();

/** Ends every command that still runs. */
export function stopCommands(): void {
  for (const child of running) child.kill();
}

process.once("exit", stopCommands);

/** Runs a command to its end and returns what it printed. Never rejects: a command that cannot start has code null. */
export function runCommand(command: string, args: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    // A group of its own, only where it may have to be killed as one: else Ctrl-C in the terminal must reach it.
    const detached = options.timeout !== undefined;
    const child = spawn(command, args, { cwd: options.cwd, env: options.env ?? process.env, detached });
    running.add(child);
    if (options.yielding && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
    const printed = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        printed[stream] += text;
      });
    }
    const late = detached
      ? setTimeout(() => {
          printed.stderr += `\n${command}: killed after ${options.timeout} ms`;
          if (child.pid !== undefined) killGroup(child.pid);
        }, options.timeout)
      : undefined;
    const settle = (code: number | null) => {
      clearTimeout(late);
      running.delete(child);
      resolve({ code, ...printed });
    };
    child.on("error", (error) => {
      printed.stderr += error.message;
      settle(null);
    });
    child.on("close", settle);
    child.stdin.on("error", () => {}); // the command may end without reading
    child.stdin.end(options.stdin ?? "");
  });
}

/** Runs a command and returns its stdout. Throws with the end of its stderr unless it exits 0. */
export async function outputOf(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await runCommand(command, args, options);
  if (code === 0) return stdout;
  const end = stderr.trim().split("\n").slice(-15).join("\n");
  throw new Error(`${command} ${args.slice(0, 4).join(" ")} exited with ${code}: ${end}`);
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // it ended in the meantime
  }
}
