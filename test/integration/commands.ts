import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const project = resolve(fileURLToPath(import.meta.url), "../../..");

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command line in a process of its own, as a person would. */
export function firebreak(
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Ran> {
  const settings = { cwd: options.cwd, env: options.env ?? process.env, maxBuffer: 2 ** 27 };
  return new Promise((done) => {
    execFile(process.execPath, [join(project, "bin/firebreak.js"), ...args], settings, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : typeof error.code === "number" ? error.code : -1, stdout, stderr });
    });
  });
}
